#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process's limit of open files; every connection to a client or a service is one.
enum FileDescriptors {
  /// Raises the soft limit, often 1024, to the hard limit: at the soft limit no connection can be accepted.
  static func raiseLimit() {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    #if canImport(Darwin)
      // OPEN_MAX; the kernel rejects more.
      let maximum: rlim_t = 10_240
    #else
      let maximum: rlim_t = 65_536
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < min(limit.rlim_max, maximum) else { return }
    limit.rlim_cur = min(limit.rlim_max, maximum)
    setrlimit(resource, &limit)
  }
}
