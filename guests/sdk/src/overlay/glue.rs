//! One call of an overlay, from what the runtime hands over to what it takes back. No logic of any mapping is here.
//!
//! A batch goes on to the mapping below as it came, in the same words of memory, and the answers go out as they came
//! back: the generated bindings would take both apart and put them together again for nothing. Only what rules look at is
//! lifted.

use core::cell::RefCell;

use crate::bindings::transform::effects::Rejection;
use crate::bindings::transform::manifest::{self, Manifest, SettingError};
use crate::overlay::flat::{Answer, List, Setting};
use crate::overlay::{Layers, Made, OverlaySpec};
use crate::{Context, reject};

/// What an export macro makes of an overlay's declaration and its rules.
pub trait Overlay: 'static {
    /// One record of a batch.
    type Record;
    /// Whether there are rules at all; without, no record is looked at.
    const RULES: bool;

    /// The declaration.
    fn spec() -> &'static OverlaySpec;

    /// Asks every rule that there is for such a record.
    ///
    /// # Errors
    /// A rule rejects the record.
    fn rules(record: &Self::Record, made: &mut Made<'_>, context: &Context) -> Result<(), Rejection>;
}

/// What the mapping below has made of the batch, on its way to the rules and out.
#[derive(Debug)]
struct Call {
    /// None where the overlay does not fit: no rule is asked.
    layers: Option<Layers>,
    answers: List<Answer>,
}

thread_local! {
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
}

/// Has the mapping below make what it makes of the batch: `transform` hands it on with the settings that it knows.
/// Returns whether rules are to be asked.
pub(crate) fn begin<O: Overlay>(
    given: &List<Setting>,
    records: usize,
    describe: fn(&[manifest::Setting]) -> Result<Manifest, SettingError>,
    transform: impl FnOnce(List<Setting>) -> List<Answer>,
) -> bool {
    let owned = |setting: &Setting| manifest::Setting {
        name: setting.name.as_str().to_owned(),
        value: setting.value.as_str().to_owned(),
    };
    let words: Vec<manifest::Setting> = given.as_slice().iter().map(owned).collect();
    let call = match O::spec().over(&words, describe) {
        Ok(layers) => {
            let down = given.as_slice().iter().filter(|setting| !O::spec().keeps(setting.name.as_str()));
            let mut answers = transform(down.copied().collect::<Vec<_>>().into());
            for answer in answers.as_mut_slice() {
                if let Answer::Outcome(outcome) = answer {
                    layers.fit(outcome);
                }
            }
            Call { layers: Some(layers), answers }
        }
        // The host asks for the description first, and is told why there.
        Err(_) => {
            let message = "the overlay does not fit the mapping below it, as its description says";
            let rejected =
                || Answer::Rejected(Rejection { field: None, ..reject("overlay-misfit", "", message) }.into());
            let answers: Vec<_> = (0..records).map(|_| rejected()).collect();
            Call { layers: None, answers: answers.into() }
        }
    };
    let asked = O::RULES && call.layers.is_some();
    CALL.set(Some(call));
    asked
}

/// Lets the rules at what the mapping below has made.
pub(crate) fn rules<O: Overlay>(context: manifest::Context, records: &[O::Record]) {
    let context = O::spec().context(context);
    CALL.with_borrow_mut(|call| {
        let Some(Call { layers: Some(layers), answers }) = call else { return };
        let answers = answers.as_mut_slice();
        // Another number of answers than of records is for the host to refuse.
        if answers.len() != records.len() {
            return;
        }
        #[expect(clippy::disallowed_methods, reason = "both have the same length")]
        for (answer, record) in answers.iter_mut().zip(records) {
            if let Answer::Outcome(outcome) = answer
                && let Err(rejection) = O::rules(record, &mut Made::new(layers, outcome), &context)
            {
                *answer = Answer::Rejected(rejection.into());
            }
        }
    });
}

/// The answers.
pub(crate) fn answers() -> List<Answer> {
    CALL.take().map_or_else(|| Vec::new().into(), |call| call.answers)
}
