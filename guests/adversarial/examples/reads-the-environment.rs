//! Reads environment variables, arguments and standard input, where secrets may lie.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod environment {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:cli/environment@0.2.0;
                import wasi:cli/stdin@0.2.0;
            }
            package wasi:io@0.2.0 {
                interface error {
                    resource error;
                }
                interface streams {
                    use error.{error};
                    variant stream-error { last-operation-failed(error), closed }
                    resource input-stream {
                        blocking-read: func(len: u64) -> result<list<u8>, stream-error>;
                    }
                }
            }
            package wasi:cli@0.2.0 {
                interface environment {
                    get-environment: func() -> list<tuple<string, string>>;
                    get-arguments: func() -> list<string>;
                    initial-cwd: func() -> option<string>;
                }
                interface stdin {
                    use wasi:io/streams@0.2.0.{input-stream};
                    get-stdin: func() -> input-stream;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    use environment::wasi::cli::environment::{get_arguments, get_environment, initial_cwd};
    use environment::wasi::cli::stdin::get_stdin;

    let input = get_stdin().blocking_read(100).map_or(0, |bytes| bytes.len());
    let (variables, arguments) = (get_environment().len(), get_arguments().len());
    format!(
        "{variables} variables, {arguments} arguments, a folder: {}, input of {input} bytes",
        initial_cwd().is_some()
    )
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
