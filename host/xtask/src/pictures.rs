//! Pictures of the reports that the lives in the tests have left, by headless Chromium.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{say, succeeds, target};

/// What Chromium is called on different machines.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The folder with a folder of pages for each life.
fn folder() -> PathBuf {
    target().join("lifecycle")
}

/// Forgets the pages and pictures of earlier runs.
pub(crate) fn forget() -> Result<()> {
    if folder().exists() {
        std::fs::remove_dir_all(folder()).context("the pages of earlier runs cannot be removed")?;
    }
    Ok(())
}

/// Opens every page and takes a picture of it, beside it.
pub(crate) fn take() -> Result<()> {
    let Some(browser) = BROWSERS.into_iter().find(|name| succeeds(Command::new(name).arg("--version"))) else {
        say("lifecycle: this machine has no Chromium, so the reports are not pictured; open them by hand");
        return Ok(());
    };
    let mut taken = 0;
    for life in std::fs::read_dir(folder()).context("no life has left a page")?.flatten() {
        for page in std::fs::read_dir(life.path())?.flatten().map(|entry| entry.path()) {
            if page.extension().is_some_and(|extension| extension == "html") {
                picture(browser, &page)?;
                taken += 1;
            }
        }
    }
    say(&format!("lifecycle: {taken} pages pictured in `{}`", folder().display()));
    Ok(())
}

fn picture(browser: &str, page: &Path) -> Result<()> {
    let picture = page.with_extension("png");
    let home = profile_beside(page);
    // A sandbox of its own wants rights that a container does not give; the pages are ours.
    let opened = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1400,1800"])
        .arg(format!("--user-data-dir={}", home.display()))
        .arg(format!("--screenshot={}", picture.display()))
        .arg(format!("file://{}", page.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .with_context(|| format!("`{browser}` cannot be started"))?;
    let _ = std::fs::remove_dir_all(home);
    if !opened.success() || !picture.exists() {
        bail!("`{}` cannot be pictured", page.display());
    }
    Ok(())
}

/// A browser's profile for one page.
fn profile_beside(page: &Path) -> PathBuf {
    page.with_extension("profile")
}
