//! What is sent is what was measured, or no whole body.

use std::sync::Mutex;

use futures_util::TryStreamExt;

use super::*;

/// A file that is another one each time that it is opened; the last one stays.
fn opens(contents: Vec<Vec<u8>>) -> OpenFile {
    let contents = Mutex::new(VecDeque::from(contents));
    Arc::new(move || {
        let mut contents = contents.lock().expect("not poisoned");
        let bytes = if contents.len() > 1 { contents.pop_front() } else { contents.front().cloned() };
        let opened = bytes.ok_or_else(|| io::Error::from(io::ErrorKind::NotFound));
        Box::pin(async move { opened.map(|bytes| Box::pin(io::Cursor::new(bytes)) as FileReader) })
    })
}

fn bytes(length: usize, seed: u8) -> Vec<u8> {
    (0..length).map(|n| u8::try_from(n % 251).unwrap_or_default().wrapping_mul(7).wrapping_add(seed)).collect()
}

async fn measured(contents: Vec<Vec<u8>>) -> FileBody {
    FileBody::measure(opens(contents), u64::MAX).await.expect("readable")
}

async fn sent(outgoing: Outgoing) -> Result<Vec<u8>, FileFault> {
    let pieces: Vec<Vec<u8>> = outgoing.stream().try_collect().await?;
    Ok(pieces.concat())
}

#[tokio::test]
async fn files_stand_in_the_text_where_their_marks_were() {
    let contents = [bytes(0, 1), bytes(10, 2), bytes(PIECE * 7 + 1, 3), bytes(PIECE * 8, 4), bytes(PIECE * 6 + 2, 5)];
    let mut bodies = Vec::new();
    for content in &contents {
        let body = measured(vec![content.clone()]).await;
        assert_eq!(body.length(), content.len() as u64);
        assert_eq!(body.sha1(), <[u8; 20]>::from(Sha1::digest(content)));
        bodies.push(body);
    }
    // Somebody's text looks like a mark: another one is taken.
    let text = "odograft-file-0-1. odograft-file-1-9.";
    let mut enclosed = Enclosed::new(|mark| text.contains(mark));
    let places: Vec<String> = bodies.iter().map(|body| enclosed.place(body)).collect();
    let call = format!("{{\"{text}\": [\"{}\"]}}", places.join("\", \""));
    let expected: Vec<String> = contents.iter().map(|content| BASE64_STANDARD.encode(content)).collect();
    let expected = format!("{{\"{text}\": [\"{}\"]}}", expected.join("\", \""));
    let outgoing = enclosed.body(call.as_bytes());
    assert_eq!(outgoing.length(), expected.len() as u64, "told before it is sent");
    assert!(sent(outgoing).await.expect("sent") == expected.as_bytes(), "the same bytes");
}

#[tokio::test]
async fn a_file_that_changes_meanwhile_never_leaves_a_whole_body() {
    let first = bytes(PIECE * 8, 1);
    let (mut longer, mut flipped) = (first.clone(), first.clone());
    longer.push(0);
    flipped[5] ^= 1;
    for second in [first[..PIECE * 8 - 1].to_vec(), Vec::new(), longer, flipped, first[..PIECE].to_vec()] {
        let (good, changing) = (measured(vec![bytes(9, 1)]).await, measured(vec![first.clone(), second]).await);
        let mut enclosed = Enclosed::new(|_| false);
        let call = format!("{} {}", enclosed.place(&good), enclosed.place(&changing));
        let outgoing = enclosed.body(call.as_bytes());
        let (length, failure) = (outgoing.length(), outgoing.failure());
        let mut pieces = Box::pin(outgoing.stream());
        let mut come = 0;
        let fault = loop {
            match pieces.try_next().await {
                Ok(piece) => come += piece.expect("it does not end").len() as u64,
                Err(fault) => break fault,
            }
        };
        assert_eq!(fault, FileFault::Changed);
        assert_eq!(failure.get(), Some(&(1, FileFault::Changed)));
        assert!(come < length, "the last piece is kept back");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_sent_is_told_before_anything_is_sent() {
    let missing = FileBody::measure(opens(Vec::new()), 10).await.expect_err("it is gone");
    assert_eq!((missing.code(), missing), ("file-missing", FileFault::Unreadable { kind: io::ErrorKind::NotFound }));
    let large = FileBody::measure(opens(vec![bytes(11, 1)]), 10).await.expect_err("too large");
    assert_eq!(large, FileFault::TooLarge { limit: 10 });
    assert_eq!(FileBody::measure(opens(vec![bytes(10, 1)]), 10).await.expect("fits").encoded_length(), 16);
}
