#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// Finds unused TCP ports on the loopback interface.
public enum FreePort {
  /// An unused port of 127.0.0.1, chosen by the kernel. Throws ``SystemCallError``.
  ///
  /// On Linux a bound socket that does not listen keeps the port until this process exits: servers that set SO_REUSEADDR, as all of the tests
  /// do, can listen on it, also again after a restart, but nobody else is given it. On other systems another process may take it.
  public static func next() throws -> Int {
    #if canImport(Glibc)
      let stream = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
    #else
      let stream = SOCK_STREAM
    #endif
    let descriptor = socket(AF_INET, stream, 0)
    guard descriptor >= 0 else { throw SystemCallError("socket") }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let bound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { generic in
        bind(descriptor, generic, length) == 0 && getsockname(descriptor, generic, &length) == 0
      }
    }
    guard bound else { throw SystemCallError("bind") }
    #if canImport(Glibc)
      // After bind, so that the port was free.
      var isShared: Int32 = 1
      setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &isShared, socklen_t(MemoryLayout<Int32>.size))
    #else
      close(descriptor)
    #endif
    return Int(UInt16(bigEndian: address.sin_port))
  }
}

/// A failed system call and its error number.
public struct SystemCallError: Error, CustomStringConvertible {
  public let call: String
  public let number: Int32

  /// Uses the current `errno`.
  public init(_ call: String) {
    self.init(call, number: errno)
  }

  public init(_ call: String, number: Int32) {
    self.call = call
    self.number = number
  }

  public var description: String { "\(call): \(String(cString: strerror(number)))" }
}
