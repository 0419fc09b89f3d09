//! Prints records: a mebibyte to standard output, in pieces.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod print {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:cli/stdout@0.2.0;
            }
            package wasi:io@0.2.0 {
                interface error {
                    resource error;
                }
                interface streams {
                    use error.{error};
                    variant stream-error { last-operation-failed(error), closed }
                    resource output-stream {
                        blocking-write-and-flush: func(contents: list<u8>) -> result<_, stream-error>;
                    }
                }
            }
            package wasi:cli@0.2.0 {
                interface stdout {
                    use wasi:io/streams@0.2.0.{output-stream};
                    get-stdout: func() -> output-stream;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    let out = print::wasi::cli::stdout::get_stdout();
    let written = (0..256).filter(|_| out.blocking_write_and_flush(&[b'x'; 4096]).is_ok());
    format!("{} pieces", written.count())
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
