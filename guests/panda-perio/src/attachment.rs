//! PANDA file → `ir.attachment` on the plan's opportunity where the file belongs to a plan, else on the patient's contact.
//!
//! Bytes never enter the module: the host streams them from the database or the file share, refuses files that are larger
//! than Odoo takes, and compares what Odoo holds with what was sent.

use odograft_sdk::panda_perio::Attachment;
use odograft_sdk::text::{joined, trimmed};
use odograft_sdk::time::iso;
use odograft_sdk::{Context, Mapped, Rejection, Span, Upsert, columns, file, info, reject, source, target};

target! {
    /// PANDA file → `ir.attachment` on the patient's contact.
    pub of_patient: attachment => "ir.attachment" .one_to_many() .note("files that belong to no treatment plan") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [file_name, path, id]
            .rule("the file's name, else the last part of its path, else `File` with its number");
        MODEL = char("res_model") from [plan_id] .rule("`res.partner` where no plan is named");
        RES_ID = many2one_reference("res_id", "res.partner") from [patient_id, plan_id] .rule("the patient's contact");
        CONTENT = binary("datas") from [content, path, file_name, media_type]
            .rule("the bytes that the database holds, or those of the file on the share; where a row has both, each is an attachment");
        WORDS = text("description") from [kind, description, taken_on, extra] .rule("kind, words, day and columns without a field of their own, parted by a dash");
        PROVIDER_ID = custom_char("x_provider_id", "Provider's number") from [provider_id]
            .rule("of who added it; it is the source id of the provider's contact");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC");
    }
}

target! {
    /// PANDA file → `ir.attachment` on a treatment plan's opportunity.
    pub of_plan: attachment => "ir.attachment" .one_to_many() .note("files that belong to a treatment plan") {
        SOURCE_ID = source_id() from [id];
        NAME = char("name") from [file_name, path, id]
            .rule("the file's name, else the last part of its path, else `File` with its number");
        MODEL = char("res_model") from [plan_id] .rule("`crm.lead` where a plan is named");
        RES_ID = many2one_reference("res_id", "crm.lead") from [plan_id, patient_id] .rule("the plan's opportunity");
        CONTENT = binary("datas") from [content, path, file_name, media_type]
            .rule("the bytes that the database holds, or those of the file on the share; where a row has both, each is an attachment");
        WORDS = text("description") from [kind, description, taken_on, extra] .rule("kind, words, day and columns without a field of their own, parted by a dash");
        PROVIDER_ID = custom_char("x_provider_id", "Provider's number") from [provider_id]
            .rule("of who added it; it is the source id of the provider's contact");
        CREATED = custom_datetime("x_source_created_at", "Created in source") from [created_at] .rule("UTC");
    }
}

/// Begins an attachment on a record of Odoo's, and fills all that does not depend on which one it is.
macro_rules! on {
    ($target:ident, $model:literal, $record:expr, $id:expr, $file:expr, $handle:expr) => {{
        let (a, handle): (&Attachment, Span) = ($file, $handle);
        let (name, media_type) = (name(a), trimmed(a.media_type));
        let mut row = $target::upsert($id);
        row.set($target::NAME, name.clone());
        row.set($target::MODEL, $model);
        row.set($target::RES_ID, $record);
        row.set($target::CONTENT, file(&handle, &name, media_type.as_deref()));
        row.set_or_clear($target::WORDS, words(a));
        row.set_or_clear($target::PROVIDER_ID, trimmed(a.provider_id));
        row.set_or_clear($target::CREATED, a.created_at);
        row
    }};
}

/// The attachments that a file becomes: one, or two where the database and the share each hold one.
///
/// # Errors
/// A file of nobody, or one without bytes: Odoo would show a name with nothing behind it.
pub fn attachment(a: &Attachment, _: &Context) -> Result<Mapped, Rejection> {
    let handles: Vec<Span> = [a.content, a.path].into_iter().filter_map(trimmed).collect();
    if handles.is_empty() {
        let message = "neither the database nor the share holds the file; hint: look for it in PANDA";
        return Err(reject("no-file", "attachment.content", message));
    }
    let mut mapped = Mapped::default();
    for (at, handle) in handles.into_iter().enumerate() {
        // The second one of a row has a key of its own.
        let id = if at == 0 { a.id.to_string() } else { format!("{}/share", &*a.id) };
        mapped.upserts.push(row(a, id, handle)?);
    }
    if mapped.upserts.len() > 1 {
        let message = "the database and the share each hold a file of this row; both are attached";
        mapped.findings.push(info("two-files", "attachment.path", message));
    }
    Ok(mapped)
}

fn row(a: &Attachment, id: String, handle: Span) -> Result<Upsert, Rejection> {
    if let Some(plan) = trimmed(a.plan_id) {
        return Ok(on!(of_plan, "crm.lead", source("treatment-plan", plan), id, a, handle));
    }
    let nobodys = || reject("no-patient", "attachment.patient_id", "the file names neither a patient nor a plan");
    let patient = trimmed(a.patient_id).ok_or_else(nobodys)?;
    Ok(on!(of_patient, "res.partner", source("patient", patient), id, a, handle))
}

/// What the file is called in Odoo, whose preview goes by the ending.
fn name(a: &Attachment) -> String {
    let named = [a.file_name, a.path].into_iter().filter_map(trimmed);
    let mut names = named.filter_map(|path| path.rsplit(['/', '\\']).next().map(str::to_owned));
    names.find(|name| !name.is_empty()).unwrap_or_else(|| format!("File {}", &*a.id))
}

fn words(a: &Attachment) -> Option<String> {
    let (kind, description) = (trimmed(a.kind), trimmed(a.description));
    let taken = a.taken_on.map(|day| format!("taken on {}", iso(day)));
    let others = columns::told(&a.extra);
    joined(&[kind.as_deref(), description.as_deref(), taken.as_deref(), others.as_deref()], " - ")
}

#[cfg(test)]
mod tests {
    use odograft_sdk::bindings::transform::effects::Value;
    use odograft_sdk::time::parse_day;
    use odograft_sdk::{ExtraField, File, Scalar};

    use super::*;
    use crate::{MODULE, examples};

    fn scan() -> Attachment {
        Attachment {
            patient_id: Some("N/17".into()),
            provider_id: Some("N/501".into()),
            file_name: Some("scan.png".into()),
            media_type: Some("image/png".into()),
            kind: Some("Scan".into()),
            description: Some("Full mouth".into()),
            taken_on: parse_day("2026-01-02"),
            content: Some("blob:attachment/Scan/N/3".into()),
            ..examples::attachment("N/3")
        }
    }

    fn mapped(a: &Attachment) -> Mapped {
        attachment(a, &Context::at(&MODULE, 0)).expect("maps")
    }

    fn held(row: &Upsert) -> File {
        match row.get(of_patient::CONTENT) {
            Some(Value::File(file)) => file.clone(),
            other => panic!("a file, not {other:?}"),
        }
    }

    #[test]
    fn a_file_of_the_database_hangs_on_the_patients_contact() {
        let mapped = mapped(&scan());
        let row = mapped.only(&of_patient::TARGET).expect("one attachment");
        assert_eq!((row.text(of_patient::NAME), row.text(of_patient::MODEL)), (Some("scan.png"), Some("res.partner")));
        assert_eq!(row.get(of_patient::RES_ID), Some(&Value::Reference(source("patient", "N/17"))));
        let file = held(row);
        assert_eq!((file.handle.as_str(), file.name.as_str()), ("blob:attachment/Scan/N/3", "scan.png"));
        assert_eq!(file.media_type.as_deref(), Some("image/png"));
        assert_eq!(row.text(of_patient::WORDS), Some("Scan - Full mouth - taken on 2026-01-02"));
        assert_eq!((row.text(of_patient::PROVIDER_ID), mapped.findings.len()), (Some("N/501"), 0));
    }

    #[test]
    fn a_file_of_a_plan_hangs_on_its_opportunity() {
        let mapped = mapped(&Attachment { plan_id: Some("N/7".into()), ..scan() });
        let row = mapped.only(&of_plan::TARGET).expect("one attachment");
        assert_eq!(row.text(of_plan::MODEL), Some("crm.lead"));
        assert_eq!(row.get(of_plan::RES_ID), Some(&Value::Reference(source("treatment-plan", "N/7"))));
        assert!(mapped.only(&of_patient::TARGET).is_none());
    }

    #[test]
    fn a_file_of_the_share_goes_by_its_path() {
        let filed = Attachment {
            content: None,
            path: Some("scans\\N\\17.png".into()),
            file_name: Some(" ".into()),
            media_type: None,
            extra: vec![ExtraField { name: "Tooth".into(), value: Scalar::Integer(16) }],
            kind: None,
            ..scan()
        };
        let mapped = mapped(&filed);
        let row = mapped.only(&of_patient::TARGET).expect("one attachment");
        assert_eq!((row.text(of_patient::NAME), held(row).handle.as_str()), (Some("17.png"), "scans\\N\\17.png"));
        assert_eq!(held(row).media_type, None, "Odoo tells it by the ending");
        assert_eq!(row.text(of_patient::WORDS), Some("Full mouth - taken on 2026-01-02 - Tooth: 16"));
        let nameless = Attachment { file_name: Some("scans/".into()), path: None, ..scan() };
        assert_eq!(self::mapped(&nameless).upserts[0].text(of_patient::NAME), Some("File N/3"));
    }

    #[test]
    fn a_row_with_two_files_loses_neither() {
        let mapped = mapped(&Attachment { path: Some("scans/N/17.png".into()), ..scan() });
        let handles: Vec<String> = mapped.upserts.iter().map(|row| held(row).handle).collect();
        assert_eq!(handles, ["blob:attachment/Scan/N/3", "scans/N/17.png"]);
        let ids: Vec<_> = mapped.upserts.iter().filter_map(|row| row.text(of_patient::SOURCE_ID)).collect();
        assert_eq!((ids, mapped.findings[0].code.as_str()), (vec!["N/3", "N/3/share"], "two-files"));
    }

    #[test]
    fn a_file_of_nobody_or_without_bytes_is_put_aside() {
        let code = |a: &Attachment| attachment(a, &Context::at(&MODULE, 0)).expect_err("put aside").code;
        assert_eq!(code(&Attachment { patient_id: Some(" ".into()), ..scan() }), "no-patient");
        assert_eq!(code(&Attachment { content: None, path: Some("".into()), ..scan() }), "no-file");
    }
}
