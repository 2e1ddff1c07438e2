#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The process's open files; every connection is one, on both sides of the ingress.
enum FileDescriptors {
  /// Raises the soft limit, often 1024, to the hard one: a ingress that can't accept is shut for everybody.
  static func raiseLimit() {
    #if canImport(Glibc)
      let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
    #else
      let resource = RLIMIT_NOFILE
    #endif
    #if canImport(Darwin)
      // OPEN_MAX, beyond which the kernel refuses.
      let most: rlim_t = 10_240
    #else
      let most: rlim_t = 65_536
    #endif
    var limit = rlimit()
    guard getrlimit(resource, &limit) == 0, limit.rlim_cur < min(limit.rlim_max, most) else { return }
    limit.rlim_cur = min(limit.rlim_max, most)
    setrlimit(resource, &limit)
  }
}
