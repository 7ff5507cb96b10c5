//! The layer `seccomp`: system calls that no client or server needs.
//!
//! Each of them reaches into another process or changes the system. Whether the kernel allows one depends on who asks, and a
//! submission may be the same user as the harness.

use std::collections::BTreeMap;
use std::env::consts::ARCH;
use std::io;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, apply_filter,
};

/// Refused whatever their arguments are. The number of one that an architecture lacks is that of no system call there.
const REFUSED: &[libc::c_long] = &[
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_getfd,
    libc::SYS_kcmp,
    // Past every rule for paths, for whoever may search all directories.
    libc::SYS_open_by_handle_at,
    libc::SYS_perf_event_open,
    libc::SYS_bpf,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_kexec_load,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_setns,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_pivot_root,
    libc::SYS_chroot,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsconfig,
    libc::SYS_fsmount,
    libc::SYS_fspick,
    libc::SYS_mount_setattr,
];

/// What keeps a program from being put under a filter.
pub(super) fn lacks() -> Option<String> {
    if !is_built_in() {
        return Some("the kernel was built without it".into());
    }
    filter().err().map(|error| error.to_string())
}

/// Asked without changing anything: a filter that is nowhere is refused for that.
#[expect(unsafe_code, reason = "rustix does not have this system call")]
fn is_built_in() -> bool {
    // SAFETY: a system call that is told of no memory.
    let outcome =
        unsafe { libc::syscall(libc::SYS_seccomp, libc::SECCOMP_SET_MODE_FILTER, 0, std::ptr::null::<u8>()) };
    outcome == -1 && io::Error::last_os_error().raw_os_error() == Some(libc::EFAULT)
}

/// A filter that a program can be put under.
pub(super) fn filter() -> Result<BpfProgram, BackendError> {
    let mut rules: BTreeMap<_, _> = REFUSED.iter().map(|call| (*call, Vec::new())).collect();
    rules.insert(libc::SYS_prlimit64, vec![limits_another()?]);
    let refuse = SeccompAction::Errno(libc::EPERM.unsigned_abs());
    SeccompFilter::new(rules, SeccompAction::Allow, refuse, ARCH.try_into()?)?.try_into()
}

/// A new limit for a process that is named. A program that limits itself names none.
fn limits_another() -> Result<SeccompRule, BackendError> {
    let is_not_zero = |argument, len| SeccompCondition::new(argument, len, SeccompCmpOp::Ne, 0);
    SeccompRule::new(vec![is_not_zero(0, SeccompCmpArgLen::Dword)?, is_not_zero(2, SeccompCmpArgLen::Qword)?])
}

/// In the child: puts it, and everything that it starts, under a filter for good. It must have given up gaining privileges.
pub(super) fn restrict(filter: &BpfProgram) -> io::Result<()> {
    apply_filter(filter).map_err(|_| io::ErrorKind::PermissionDenied.into())
}
