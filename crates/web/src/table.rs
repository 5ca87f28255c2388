//! Draws tables. In Rust, not in a template: fifty lines of a board are nine tenths of its page, and this is twenty times as quick.

use std::fmt::Write as _;

use minijinja::HtmlEscape;

use crate::blocks::Cell;

/// A wide table that becomes one block per row on a phone. The roles are written out, since browsers drop them when the cells
/// are no longer laid out as a table.
///
/// Each column has its name; those that start with `#` hold numbers, which stand at the right. A row has one cell per column.
pub(crate) fn draw(caption: &str, columns: &[&str], rows: Vec<Vec<Cell>>) -> String {
    let mut html = String::with_capacity(1_024 + rows.len() * columns.len() * 192);
    // Writing to a string cannot fail.
    let _ = write_table(&mut html, caption, columns, rows);
    html
}

fn write_table(html: &mut String, caption: &str, columns: &[&str], rows: Vec<Vec<Cell>>) -> std::fmt::Result {
    write!(
        html,
        "<table class=\"govuk-table nh-board\" role=\"table\">\n\
         <caption class=\"govuk-table__caption govuk-table__caption--m\">{}</caption>\n\
         <thead class=\"govuk-table__head\" role=\"rowgroup\">\n<tr class=\"govuk-table__row\" role=\"row\">\n",
        HtmlEscape(caption)
    )?;
    let mut openings = Vec::new();
    for column in columns {
        let (label, is_number) = column.strip_prefix('#').map_or((*column, false), |label| (label, true));
        let (label, number) = (HtmlEscape(label), |class: &'static str| if is_number { class } else { "" });
        let right = number(" govuk-table__header--numeric");
        writeln!(html, "<th class=\"govuk-table__header{right}\" role=\"columnheader\" scope=\"col\">{label}</th>")?;
        let right = number(" govuk-table__cell--numeric");
        openings.push(format!("<td class=\"govuk-table__cell{right}\" role=\"cell\" data-label=\"{label}\">"));
    }
    html.push_str("</tr>\n</thead>\n<tbody class=\"govuk-table__body\" role=\"rowgroup\">\n");
    for row in rows {
        html.push_str("<tr class=\"govuk-table__row\" role=\"row\">\n");
        for (opening, cell) in openings.iter().zip(row) {
            html.push_str(opening);
            write_cell(html, &cell)?;
            html.push_str("</td>\n");
        }
        html.push_str("</tr>\n");
    }
    html.push_str("</tbody>\n</table>\n");
    Ok(())
}

fn write_cell(html: &mut String, cell: &Cell) -> std::fmt::Result {
    let text = HtmlEscape(&cell.text);
    if !cell.folded.is_empty() {
        return write_folded(html, &cell.text, &cell.folded);
    }
    match (&cell.href, cell.tag) {
        (Some(href), _) => write!(html, "<a class=\"govuk-link\" href=\"{}\">{text}</a>", HtmlEscape(href)),
        (None, Some(colour)) => write!(html, "<strong class=\"govuk-tag govuk-tag--{colour}\">{text}</strong>"),
        (None, None) => write!(html, "<span>{text}</span>"),
    }
}

fn write_folded(html: &mut String, summary: &str, lines: &[String]) -> std::fmt::Result {
    write!(
        html,
        "<details class=\"govuk-details\"><summary class=\"govuk-details__summary\"><span class=\"govuk-details__summary-text\">{}</span></summary>\n\
         <div class=\"govuk-details__text\"><ul class=\"govuk-list\">\n",
        HtmlEscape(summary)
    )?;
    for line in lines {
        writeln!(html, "<li>{}</li>", HtmlEscape(line))?;
    }
    html.push_str("</ul></div></details>");
    Ok(())
}
