//! Ending parts of the system, one way or the other, and starting them again.

use super::{App, eventually::eventually, setting, unit::Unit};

impl App {
    /// `kill -9`, of app and sidecar alike.
    pub(crate) fn kill(&mut self) {
        for unit in &mut self.units {
            unit.host.kill();
            if let Some(sidecar) = &mut unit.sidecar {
                sidecar.kill();
            }
        }
    }

    /// Asks app and sidecar to end.
    pub(crate) fn terminate(&mut self) {
        for unit in &mut self.units {
            unit.host.terminate();
        }
    }

    /// Waits until the hosts have ended.
    pub(crate) async fn ended(&mut self) {
        for unit in &mut self.units {
            let host = std::cell::RefCell::new(&mut unit.host);
            eventually("the host has ended", async || {
                host.borrow_mut().has_ended().then_some(())
            })
            .await;
        }
    }

    /// Those that are killed together: all, or if they are one app on two hosts, one of
    /// them, in turn.
    fn victims(&mut self) -> impl Iterator<Item = &mut Unit> {
        let units = self.units.len();
        let only = setting().two_hosts.then(|| {
            self.next_victim += 1;
            self.next_victim % units
        });
        let units = self.units.iter_mut().enumerate();
        units
            .filter(move |(at, _)| only.is_none_or(|only| *at == only))
            .map(|(_, unit)| unit)
    }

    /// `kill -9`, of the hosts of those components alone that take events; where all
    /// are in one, of that.
    pub(crate) fn kill_consumers(&mut self) {
        for unit in self.victims().filter(|unit| unit.subscriptions > 0) {
            unit.host.kill();
        }
    }

    /// Starts them again.
    pub(crate) async fn start_consumers_again(&mut self) {
        let units = self.units.iter_mut();
        for unit in units.filter(|unit| unit.subscriptions > 0) {
            if unit.host.has_ended() {
                unit.host.start_again();
            }
        }
        self.healthy().await;
    }

    /// `kill -9`, of the sidecars alone; where one is in the app's process, of that.
    pub(crate) fn kill_sidecars(&mut self) {
        for unit in self.victims() {
            unit.sidecar.as_mut().unwrap_or(&mut unit.host).kill();
        }
    }

    /// Starts them again.
    pub(crate) async fn start_sidecars_again(&mut self) {
        for unit in &mut self.units {
            let sidecar = unit.sidecar.as_mut().unwrap_or(&mut unit.host);
            if sidecar.has_ended() {
                sidecar.start_again();
            }
        }
        self.healthy().await;
    }

    /// Fails if a host or a sidecar has ended.
    pub(crate) fn must_run(&mut self) {
        for unit in &mut self.units {
            unit.host.must_run();
            if let Some(sidecar) = &mut unit.sidecar {
                sidecar.must_run();
            }
        }
    }

    /// `kill -9`, of the database's server.
    pub(crate) fn kill_postgres(&mut self) {
        self.postgres.as_mut().unwrap().kill();
    }

    /// Starts it again.
    pub(crate) async fn start_postgres_again(&mut self) {
        self.postgres.as_mut().unwrap().start_again().await;
    }

    /// `kill -9`, of the broker; where the sidecar has it, of that.
    pub(crate) fn kill_broker(&mut self) {
        match &mut self.servers {
            Some(servers) => servers.kafka.kill(),
            None => self.kill_sidecars(),
        }
    }

    /// Starts it again.
    pub(crate) async fn start_broker_again(&mut self) {
        match &mut self.servers {
            Some(servers) => servers.kafka.start_again().await,
            None => self.start_sidecars_again().await,
        }
    }

    /// Starts again after [`App::kill`], with the same state and ports.
    pub(crate) async fn start_again(&mut self) {
        for unit in &mut self.units {
            unit.host.start_again();
            if let Some(sidecar) = &mut unit.sidecar {
                sidecar.start_again();
            }
        }
        self.healthy().await;
    }
}
