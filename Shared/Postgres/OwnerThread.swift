#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Runs `body` on a dedicated thread outside Swift's pool, where it may block.
func startThread(_ body: @escaping @Sendable () -> Void) {
  let start = Unmanaged.passRetained(ThreadStart(body: body)).toOpaque()
  #if canImport(Glibc)
    var thread = pthread_t()
    let result = pthread_create(&thread, nil, { runThread($0!) }, start)
    if result == 0 { pthread_detach(thread) }
  #else
    var thread: pthread_t?
    let result = pthread_create(&thread, nil, { runThread($0) }, start)
    if result == 0, let thread { pthread_detach(thread) }
  #endif
  precondition(result == 0, "pthread_create: \(String(cString: strerror(result)))")
}

private final class ThreadStart: Sendable {
  let body: @Sendable () -> Void

  init(body: @escaping @Sendable () -> Void) {
    self.body = body
  }
}

private func runThread(_ argument: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
  Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body()
  return nil
}
