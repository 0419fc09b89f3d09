//! The sanitiser against what a real server stored.

use super::*;

/// Input and what a real Odoo 19 stored of it in `res.partner.comment`.
const MEASURED: &[(&str, &str)] = &[
    ("plain text", "<p>plain text</p>"),
    ("line1 line2 <b>x</b>", "<p>line1 line2 <b>x</b></p>"),
    ("<p>a</p>", "<p>a</p>"),
    ("<p>a</p><p>b</p>", "<p>a</p><p>b</p>"),
    ("<div>a</div>", "<div>a</div>"),
    ("<div>a</div><div>b</div>", "<div>a</div><div>b</div>"),
    ("a<p>b</p>c", "<p>a</p><p>b</p>c"),
    (
        "<p onclick=\"x()\" style='color:red' class=q id=z data-x=1>h</p>",
        "<p style=\"color:red\" class=\"q\" id=\"z\" data-x=\"1\">h</p>",
    ),
    ("<script>1</script>", ""),
    ("<p>x<script>1</script>y</p>", "<p>xy</p>"),
    ("<style>p{}</style><p>k</p>", "<p>k</p>"),
    ("<a href='javascript:alert(1)'>l</a>", "<a href=\"\">l</a>"),
    (
        "<a href='https://x.invalid/?a=1&b=2' target=_blank>l</a>",
        "<a href=\"https://x.invalid/?a=1&amp;b=2\" target=\"_blank\">l</a>",
    ),
    ("<svg><rect width='1'/></svg>", "<svg></svg>"),
    (
        "<table style=\"border-collapse:collapse\"><tr><td style=\"border:1px solid #000;background-color:#fff\" colspan=\"2\">1</td></tr></table>",
        "<table style=\"border-collapse:collapse\"><tr><td style=\"border:1px solid #000;background-color:#fff\" colspan=\"2\">1</td></tr></table>",
    ),
    ("O'Neill & Sons < 5 \"q\" é 😀 שלום", "<p>O'Neill &amp; Sons &lt; 5 \"q\" é 😀 שלום</p>"),
    ("<p>a&nbsp;b &amp; c &lt; d &#39; &quot;</p>", "<p>a&nbsp;b &amp; c &lt; d ' \"</p>"),
    ("a<br/>b<br>c", "<p>a<br>b<br>c</p>"),
    ("<p>un<b>closed", "<p>un<b>closed</b></p>"),
    ("<!-- c --><p>x</p>", "<p>x</p>"),
    ("<span>s</span>", "<span>s</span>"),
    ("<font color=red>f</font>", "<font color=\"red\">f</font>"),
    ("", ""),
    ("   ", ""),
    ("<p></p>", "<p></p>"),
    ("<ul><li>1<li>2</ul>", "<ul><li>1</li><li>2</li></ul>"),
    ("<form><input name=a></form>", "<div></div>"),
    ("<p>line\nbreak</p>", "<p>line\nbreak</p>"),
    ("<h1>T</h1>", "<h1>T</h1>"),
    ("<p>1</p>\n<p>2</p>", "<p>1</p>\n<p>2</p>"),
    ("text with\nnewline", "<p>text with\nnewline</p>"),
    ("a < b and c > d", "<p>a &lt; b and c &gt; d</p>"),
    ("<custom>q</custom>", "<div>q</div>"),
    ("<p title=\"a&quot;b\">t</p>", "<p title='a\"b'>t</p>"),
    ("<div><p>1</p></div>", "<div><p>1</p></div>"),
    ("<section>s</section>", "<section>s</section>"),
    ("<b>x</b>tail", "<span><b>x</b>tail</span>"),
    ("<!DOCTYPE html><html><head><title>t</title></head><body><p>b</p></body></html>", "<p>b</p>"),
];

#[test]
fn leaves_what_odoo_leaves() {
    for (input, expected) in MEASURED {
        assert_eq!(sanitise(input, false), *expected, "of {input:?}");
    }
}

#[test]
fn mail_fields_also_filter_styles() {
    assert_eq!(
        sanitise("<td style=\"border:1px solid #000;background-color:#fff;position:fixed\">1</td>", true),
        "<td style=\"border:1px solid #000; background-color:#fff\">1</td>"
    );
}

#[test]
fn sanitising_twice_changes_nothing() {
    for (input, _) in MEASURED {
        let once = sanitise(input, false);
        assert_eq!(sanitise(&once, false), once, "of {input:?}");
    }
}
