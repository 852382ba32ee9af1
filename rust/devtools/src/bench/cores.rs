//! Which cores a process may run on.

use anyhow::Result;

/// Gives the process `load` a core of its own, and all others to `processes`. Whether there are enough cores for that.
#[cfg(target_os = "linux")]
pub(crate) fn separate(load: u32, processes: &[u32]) -> Result<bool> {
    use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
    use nix::unistd::Pid;

    let allowed = sched_getaffinity(Pid::from_raw(0))?;
    let mut cores = (0..CpuSet::count()).filter(|core| allowed.is_set(*core).unwrap_or(false));
    let (Some(own), Some(other)) = (cores.next_back(), cores.next()) else { return Ok(false) };
    let (mut its_own, mut others) = (CpuSet::new(), CpuSet::new());
    its_own.set(own)?;
    for core in cores.chain([other]) {
        others.set(core)?;
    }
    for (process, cores) in processes.iter().map(|process| (*process, others)).chain([(load, its_own)]) {
        for thread in std::fs::read_dir(format!("/proc/{process}/task"))? {
            let thread = thread?.file_name();
            sched_setaffinity(Pid::from_raw(thread.to_string_lossy().parse()?), &cores)?;
        }
    }
    Ok(true)
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn separate(_load: u32, _processes: &[u32]) -> Result<bool> {
    Ok(false)
}
