//! Ways out of the sandbox, one module each: refused or stopped, named, and a good module works right after.

use odograft_engine::{
    Answer, Dentally, DescribeError, Described, Engine, Fault, FaultKind, Limits, Module, Output, Wasi,
};

use crate::guests;

/// Modules that ask the host for something, with what they are told of it where they have `wasi = "inert"`.
const POWERS: [(&str, &str); 6] = [
    ("reads-a-file", "0 folders, 0 bytes"),
    ("opens-a-socket", "no socket: access-denied"),
    ("reads-the-clock", "1709195400 s 0 ns, then 3600001 ms, ready at once: false"),
    ("reads-the-environment", "0 variables, 0 arguments, a folder: false, input of 0 bytes"),
    ("rolls-dice", "[107, 142, 127, 33] 10602331605022692816 (2538262192171249944, 16608808230899675024)"),
    ("prints-without-end", "256 pieces"),
];

/// Modules that do with a call what they must not, and how they are stopped.
const DEEDS: [(&str, FaultKind); 9] = [
    ("allocates-without-end", FaultKind::OutOfMemory),
    ("recurses-without-end", FaultKind::StackOverflow),
    ("endless-loop", FaultKind::OutOfFuel),
    ("returns-too-much", FaultKind::TooMuchReturned),
    ("invalid-utf8", FaultKind::BadText),
    ("undeclared-field", FaultKind::UndeclaredField),
    ("span-outside-the-texts", FaultKind::BadValue),
    ("panics-on-one", FaultKind::Panicked),
    ("too-few-answers", FaultKind::WrongCount { expected: 1, got: 0 }),
];

fn inert() -> Limits {
    Limits { wasi: Wasi::Inert, ..Limits::default() }
}

/// A good module in the same process, on the same engine.
struct Good(Module<Dentally>, Described);

impl Good {
    fn load(engine: &Engine) -> Self {
        let (module, described) = guests::described(engine, "honest", Limits::default());
        Self(module, described)
    }

    fn works(&self) {
        let (texts, batch) = guests::patients(20, None);
        let report = self.0.transform(&guests::context(), &self.1.manifest, &texts, &batch);
        assert!(report.answers.iter().all(|answer| matches!(answer, Answer::Outcome(_))));
    }
}

/// The fault of the record at 3 of 5, by the only module that has one.
fn fault(module: &Module<Dentally>) -> Fault {
    let manifest = module.describe(&[]).expect("it describes itself").manifest;
    let (texts, batch) = guests::patients(5, Some(3));
    let report = module.transform(&guests::context(), &manifest, &texts, &batch);
    match report.answers.into_iter().nth(3) {
        Some(Answer::Failed(fault)) => fault,
        other => panic!("the fourth record fails: {other:?}"),
    }
}

/// What a module says that it saw of the world, the same for each record, and its fuel.
fn seen(module: &Module<Dentally>) -> (String, u64) {
    let manifest = module.describe(&[]).expect("it describes itself").manifest;
    let (texts, batch) = guests::patients(3, None);
    let report = module.transform(&guests::context(), &manifest, &texts, &batch);
    let message = |answer: &Answer| match answer {
        Answer::Outcome(outcome) => outcome.findings.iter().find(|f| f.code == "saw").map(|f| f.message.clone()),
        other => panic!("it answers: {other:?}"),
    };
    let mut messages: Vec<_> = report.answers.iter().filter_map(message).collect();
    messages.dedup();
    assert_eq!(messages.len(), 1, "the same for each record");
    (messages.remove(0), report.fuel)
}

#[test]
fn every_way_out_is_closed_and_a_good_module_works_right_after() {
    let engine = guests::engine();
    let good = Good::load(&engine);
    let mut table = String::new();
    let mut row = |name: &str, verdict: &str, how: &str| {
        let how = how.split("; hint: ").next().unwrap_or(how);
        table += &format!("{name:<24} {verdict:<8} {how}\n");
    };
    let mut refused = POWERS.map(|(name, _)| name).to_vec();
    refused.extend(["ends-the-process", "sends-a-request", "imports-a-function"]);
    for name in refused {
        let error = guests::load(&engine, name, Limits::default()).expect_err("it imports");
        row(name, "refused", &error.to_string());
        good.works();
    }
    for (name, kind) in DEEDS {
        let fault = fault(&guests::load(&engine, name, Limits::default()).expect("it loads"));
        assert_eq!(fault.kind, kind, "{name}");
        row(name, "stopped", &fault.message);
        good.works();
    }
    let spins = guests::load(&engine, "spins-in-describe", Limits::default()).expect("it loads");
    let Err(DescribeError::Fault(fault)) = spins.describe(&[]) else { panic!("it spins") };
    row("spins-in-describe", "stopped", &fault.message);
    good.works();
    println!("{table}");
    insta::assert_snapshot!(table, @r#"
    reads-a-file             refused  the module imports `wasi:filesystem/types.descriptor` and 4 more, which the host does not offer
    opens-a-socket           refused  the module imports `wasi:sockets/tcp.tcp-socket` and 3 more, which the host does not offer
    reads-the-clock          refused  the module imports `wasi:clocks/wall-clock.now` and 6 more, which the host does not offer
    reads-the-environment    refused  the module imports `wasi:cli/environment.get-environment` and 8 more, which the host does not offer
    rolls-dice               refused  the module imports `wasi:random/random.get-random-bytes` and 2 more, which the host does not offer
    prints-without-end       refused  the module imports `wasi:io/error.error` and 5 more, which the host does not offer
    ends-the-process         refused  the module imports `wasi:cli/exit.exit`, which the host does not offer
    sends-a-request          refused  the module imports `wasi:http/outgoing-handler.handle`, which the host does not offer
    imports-a-function       refused  the module imports `host:shell/run.run`, which the host does not offer
    allocates-without-end    stopped  the module asked for more than its 64 MiB of memory
    recurses-without-end     stopped  the module's calls nest deeper than its stack of 1 MiB
    endless-loop             stopped  the module used up its fuel of 24000000 units
    returns-too-much         stopped  the module returned more than 16 MiB in one answer
    invalid-utf8             stopped  the module returned text that is not valid UTF-8
    undeclared-field         stopped  the module wrote to field 99 of `res.partner`, its manifest declares 3 fields there
    span-outside-the-texts   stopped  the module gave a field a span that is no part of the batch's texts
    panics-on-one            stopped  the module panicked
    too-few-answers          stopped  the module returned 0 answers for 1 record
    spins-in-describe        stopped  the module used up its fuel of 20000000 units
    "#);
}

#[test]
fn inert_wasi_answers_and_gives_nothing() {
    let engine = guests::engine();
    let good = Good::load(&engine);
    for (name, expected) in POWERS {
        let module = guests::load(&engine, name, inert()).expect("it is granted inert WASI");
        let (first, fuel) = seen(&module);
        assert_eq!(first, expected, "{name}");
        // Another process of another day: nothing of it depends on the moment, so the same call is the same.
        assert_eq!(seen(&module), (first, fuel), "{name}");
        good.works();
    }
}

#[test]
fn what_inert_wasi_does_not_answer_fails_by_name() {
    let engine = guests::engine();
    let good = Good::load(&engine);
    let fault = |name: &str| fault(&guests::load(&engine, name, inert()).expect("it loads"));
    insta::assert_snapshot!(fault("sends-a-request"), @r#"the module called `wasi:http/outgoing-handler.handle`, which `wasi = "inert"` does not answer; hint: take what the rule needs from its records and its context"#);
    insta::assert_snapshot!(fault("ends-the-process"), @"the module ended itself; hint: run the record through the module's native tests to read the panic's message");
    let error = guests::load(&engine, "imports-a-function", inert()).expect_err("it is no part of WASI");
    insta::assert_snapshot!(error, @"the module imports `host:shell/run.run`, which the host does not offer; hint: a module computes from its records and its context alone");
    good.works();
}

#[test]
fn output_is_kept_for_who_asked_and_no_more_than_its_limit() {
    let engine = guests::engine();
    let output = Output::default();
    let limits = Limits { wasi: Wasi::Shown(output.clone()), ..Limits::default() };
    let shown = seen(&guests::load(&engine, "prints-without-end", limits).expect("it loads"));
    assert_eq!(output.text().len(), 64 * 1024);
    let dropped = seen(&guests::load(&engine, "prints-without-end", inert()).expect("it loads"));
    assert_eq!(shown, dropped, "to be looked at changes neither answer nor fuel");
}
