//! Which elements, attributes and styles stay: `SANITIZE_TAGS`, `safe_attrs` and `_style_whitelist` of Odoo 19.

use std::collections::HashSet;
use std::sync::LazyLock;

/// Words by which something is let through.
pub(super) type Words = LazyLock<HashSet<&'static str>>;

/// Elements that are thrown away with all that is in them.
pub(super) static KILLED: Words =
    LazyLock::new(|| "base embed frame head iframe link meta noscript object script style title".split(' ').collect());

/// Elements that have no content.
pub(super) static VOID: Words = LazyLock::new(|| "area br col hr img param source wbr".split(' ').collect());

/// Elements of a line of text.
pub(super) static INLINE: Words = LazyLock::new(|| {
    "a abbr acronym area b bdi bdo big br button cite code del dfn em font i img ins kbd label map q s \
     samp small span strike strong sub sup tt u"
        .split(' ')
        .collect()
});

/// Elements that stand for themselves.
pub(super) static BLOCK: Words = LazyLock::new(|| {
    "address article aside blockquote caption center col colgroup dd details dir div dl dt fieldset \
     figcaption figure footer h1 h2 h3 h4 h5 h6 header hgroup hr legend li main menu nav ol optgroup \
     option p param pre section source summary table tbody td tfoot th thead tr ul video"
        .split(' ')
        .collect()
});

/// Attributes that stay.
pub(super) static ATTRIBUTES: Words = LazyLock::new(|| {
    "abbr accept accesskey action align alt axis border cellpadding cellspacing char charoff charset \
     checked cite class clear color cols colspan compact coords data-id data-oe-expression data-oe-field \
     data-oe-id data-oe-model data-oe-type data-x data-y datetime dir disabled for frame headers height \
     href hreflang hspace id label lang longdesc media name nowrap rel rev rowspan rules scope shape size \
     span src start style summary target title type usemap valign value vspace width"
        .split(' ')
        .collect()
});

/// Style declarations that stay in mail fields.
pub(super) static STYLES: Words = LazyLock::new(|| {
    "background-color background-image background-origin background-position background-repeat \
     background-size border border-bottom border-collapse border-color border-radius border-spacing \
     border-style border-top border-width caption-side color display empty-cells float font-family \
     font-size font-style font-weight height letter-spacing line-height margin margin-bottom margin-left \
     margin-right margin-top max-width min-height min-width object-fit opacity padding padding-bottom \
     padding-left padding-right padding-top table-layout text-align text-decoration text-transform \
     vertical-align white-space width"
        .split(' ')
        .collect()
});
