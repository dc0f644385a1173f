//! `bindings.cron`: an empty POST to the app at set times.

use super::component::Settings;
use super::source::ResourceError;
use crate::sidecar::bindings::schedule::Schedule;

/// An input binding that ticks.
#[derive(Clone, Debug)]
pub(crate) struct CronBinding {
    /// The component's name, and by default its path.
    pub(crate) name: String,
    /// Where it is posted to.
    pub(crate) path: String,
    /// When.
    pub(crate) schedule: Schedule,
    /// `direction: input` is there; else the app is asked first (OPTIONS).
    pub(crate) is_input: bool,
}

impl CronBinding {
    /// Reads the component's settings.
    pub(crate) fn read(settings: &Settings<'_>) -> Result<Self, Box<ResourceError>> {
        settings.allow(&["schedule", "direction", "route"], &[])?;
        let Some(schedule) = settings.get("schedule")? else {
            return Err(settings.missing("schedule", "a cron binding without one never ticks"));
        };
        let parsed = Schedule::parse(&schedule.value).map_err(|why| {
            let message = format!("`{}` is no schedule: {why}", schedule.value);
            settings.wrong(
                &schedule,
                message,
                "Write `@every 3s`, or six fields: `0 30 * * * *`.",
            )
        })?;
        let is_input = match settings.get("direction")? {
            None => false,
            Some(direction) => {
                let is_input = direction
                    .value
                    .split(',')
                    .any(|word| word.trim().eq_ignore_ascii_case("input"));
                if !is_input {
                    let message = format!(
                        "the direction `{}` of a cron binding is not implemented",
                        direction.value
                    );
                    return Err(settings.wrong(&direction, message, "Write `input`."));
                }
                true
            }
        };
        let path = match settings.get("route")? {
            Some(route) => route.value.trim_start_matches('/').to_owned(),
            None => settings.name().to_owned(),
        };
        Ok(Self {
            name: settings.name().to_owned(),
            path: format!("/{path}"),
            schedule: parsed,
            is_input,
        })
    }
}
