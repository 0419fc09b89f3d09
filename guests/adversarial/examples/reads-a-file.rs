//! Reads a file, if anyone gives it a folder.

use odograft_guest_adversarial::{mapping, outcome, saw, sdk::bindings::dentally::records::Entity};

mod files {
    wit_bindgen::generate!({
        inline: "
            package odograft:escape;
            world escape {
                import wasi:filesystem/preopens@0.2.0;
            }
            package wasi:filesystem@0.2.0 {
                interface types {
                    enum error-code { access, would-block, no-entry, not-permitted }
                    flags path-flags { symlink-follow }
                    flags open-flags { create, directory, exclusive, truncate }
                    flags descriptor-flags { read, write }
                    resource descriptor {
                        open-at: func(
                            path-flags: path-flags, path: string, open-flags: open-flags, %flags: descriptor-flags,
                        ) -> result<descriptor, error-code>;
                        read: func(length: u64, offset: u64) -> result<tuple<list<u8>, bool>, error-code>;
                    }
                }
                interface preopens {
                    use types.{descriptor};
                    get-directories: func() -> list<tuple<descriptor, string>>;
                }
            }
        ",
        generate_all,
    });
}

fn attempt() -> String {
    use files::wasi::filesystem::preopens::get_directories;
    use files::wasi::filesystem::types::{DescriptorFlags, OpenFlags, PathFlags};

    let folders = get_directories();
    let read = folders.iter().filter_map(|(folder, _)| {
        let file = folder.open_at(PathFlags::empty(), "etc/passwd", OpenFlags::empty(), DescriptorFlags::READ).ok()?;
        file.read(1000, 0).ok()
    });
    format!("{} folders, {} bytes", folders.len(), read.map(|(bytes, _)| bytes.len()).sum::<usize>())
}

mapping!(|batch: &[Entity]| {
    let seen = attempt();
    batch.iter().map(|entity| Ok(saw(outcome(entity), &seen))).collect()
});
