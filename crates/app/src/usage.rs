//! What the argument parser says, in our words: one sentence that tells what would be right.
//!
//! clap finds the fault; the sentence is made here from its kind and context, so that it names the
//! option, quotes what was typed, and lists what belongs there. Kinds that no argument of ours can
//! cause fall back to clap's own first line.

use std::error::Error as _;

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};

use crate::refusal::{Refusal, either};

/// What is to be said instead of running a command.
pub(crate) enum Spoken {
    /// Help or version that was asked for: the result.
    Result(String),
    /// Help because a command is missing.
    Help(String),
    /// The arguments do not fit.
    Refusal(Refusal),
}

/// Puts an outcome of the argument parser into words.
pub(crate) fn spoken(error: &Error) -> Spoken {
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            Spoken::Result(error.render().ansi().to_string())
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            Spoken::Help(error.render().ansi().to_string())
        }
        kind => Spoken::Refusal(Refusal::Arguments(sentence(error, kind))),
    }
}

fn sentence(error: &Error, kind: ErrorKind) -> String {
    let option = option(error);
    let value = text(error, ContextKind::InvalidValue);
    match kind {
        ErrorKind::UnknownArgument if option.starts_with('-') => {
            format!("there is no option `{option}` here; {}{}", suggestion(error), help(error))
        }
        ErrorKind::UnknownArgument => {
            format!("`{option}` is one argument too many; {}", help(error))
        }
        ErrorKind::InvalidSubcommand => {
            let word = text(error, ContextKind::InvalidSubcommand);
            format!("there is no command `{word}`; {}{}", suggestion(error), help(error))
        }
        ErrorKind::MissingSubcommand => {
            let commands = list(error, ContextKind::ValidSubcommand);
            format!("a command is missing; {} belongs there", either(&commands))
        }
        ErrorKind::InvalidValue if value.is_empty() => {
            let form = text(error, ContextKind::InvalidArg).replace(['<', '>'], "");
            format!("{option} needs a value: {form}{}", choice(error))
        }
        ErrorKind::InvalidValue => {
            format!("{option}: `{value}` does not fit{}", choice(error))
        }
        ErrorKind::ValueValidation => match error.source() {
            Some(why) if why.to_string().contains('`') => format!("{option}: {why}"),
            Some(why) => format!("{option}: `{value}` does not fit; {why}"),
            None => format!("{option}: `{value}` does not fit; {}", help(error)),
        },
        ErrorKind::MissingRequiredArgument => {
            let missing: Vec<String> =
                list(error, ContextKind::InvalidArg).iter().map(|arg| bare(arg)).collect();
            format!("{} is missing; {}", missing.join(" and "), help(error))
        }
        ErrorKind::ArgumentConflict => {
            let mut others: Vec<String> =
                list(error, ContextKind::PriorArg).iter().map(|arg| bare(arg)).collect();
            others.dedup();
            if others.iter().all(|other| *other == option) {
                return format!("{option} was given twice; once is enough");
            }
            format!("{option} does not go together with {}; leave one out", others.join(" and "))
        }
        ErrorKind::TooManyValues => {
            format!("{option}: `{value}` is one value too many; {}", help(error))
        }
        ErrorKind::InvalidUtf8 => {
            "an argument is not text in UTF-8; what names a host or a file must be".to_owned()
        }
        _ => {
            let rendered = error.render().to_string();
            let line = rendered.lines().next().unwrap_or_default();
            line.trim_start_matches("error: ").to_owned()
        }
    }
}

/// The option or argument that is at fault, without the name of its value.
fn option(error: &Error) -> String {
    bare(&text(error, ContextKind::InvalidArg))
}

/// `--origin <ADDR>` → `--origin`; `<HOST>` → `HOST`. What the user typed is left alone.
fn bare(argument: &str) -> String {
    let inner = |text: &str| text.trim_matches(['<', '>', '[', ']', '.']).to_owned();
    match argument.split_once(" <").or_else(|| argument.split_once(" [")) {
        Some((option, _)) if argument.starts_with('-') => option.to_owned(),
        _ if argument.starts_with(['<', '[']) => inner(argument),
        _ => argument.to_owned(),
    }
}

fn text(error: &Error, kind: ContextKind) -> String {
    list(error, kind).join(" ")
}

fn list(error: &Error, kind: ContextKind) -> Vec<String> {
    match error.get(kind) {
        Some(ContextValue::String(text)) => vec![text.clone()],
        Some(ContextValue::Strings(texts)) => texts.clone(),
        _ => Vec::new(),
    }
}

/// `; text, json or html belongs there`, where the values are few.
fn choice(error: &Error) -> String {
    let valid = list(error, ContextKind::ValidValue);
    if valid.is_empty() {
        return String::new();
    }
    format!("; {} belongs there", either(&valid))
}

/// ``did you mean `--format`? ``, where something is near.
fn suggestion(error: &Error) -> String {
    let near: Vec<String> = [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand]
        .into_iter()
        .flat_map(|kind| list(error, kind))
        .map(|word| format!("`{}`", bare(&word)))
        .collect();
    if near.is_empty() { String::new() } else { format!("did you mean {}? ", either(&near)) }
}

/// `` `rayfix diagnose --help` tells what does ``, with the command that was used.
fn help(error: &Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let words: Vec<&str> = usage
        .split_whitespace()
        .skip_while(|word| *word != "rayfix")
        .take_while(|word| word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
        .take_while(|word| !word.starts_with('-'))
        .collect();
    let command = if words.is_empty() { "rayfix".to_owned() } else { words.join(" ") };
    format!("`{command} --help` tells what there is")
}
