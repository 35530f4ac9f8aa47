//! The services have the first core to themselves, this program the others.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};

/// The cores that this program may use, as it was started.
pub struct Cores {
    service: CpuSet,
    own: CpuSet,
}

impl Cores {
    pub fn split() -> Result<Cores, String> {
        let all = sched_getaffinity(None).map_err(|fault| fault.to_string())?;
        let mut cores = (0..CpuSet::MAX_CPU).filter(|core| all.is_set(*core));
        let (mut service, mut own) = (CpuSet::new(), CpuSet::new());
        cores.next().into_iter().for_each(|core| service.set(core));
        cores.for_each(|core| own.set(core));
        if own.count() == 0 {
            return Err("there is one core only, and a service needs one for itself".to_owned());
        }
        let cores = Cores { service, own };
        cores.step_aside();
        Ok(cores)
    }

    /// What is started meanwhile runs on the core of the services.
    pub fn for_service<T>(&self, start: impl FnOnce() -> T) -> T {
        let _ = sched_setaffinity(None, &self.service); // a core that was there before
        let started = start();
        self.step_aside();
        started
    }

    fn step_aside(&self) {
        let _ = sched_setaffinity(None, &self.own); // as above
    }
}
