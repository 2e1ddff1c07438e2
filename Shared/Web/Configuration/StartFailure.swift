import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Why a service ended, as one line and an exit status.
struct StartFailure: Equatable {
  let line: String
  let status: Int32

  init(_ error: any Error) {
    switch error {
    case let error as SettingsError:
      line = "configuration: \(error.description)"
      status = 78
    case let error as IOError where error.errnoCode == EADDRINUSE:
      line = "the port is in use by another process; choose another with --http-port or HTTP_PORT"
      status = 1
    case let error as IOError where error.errnoCode == EACCES:
      line = "not allowed to listen on this port; choose another with --http-port or HTTP_PORT"
      status = 1
    case let error as IOError where error.errnoCode == EADDRNOTAVAIL:
      line = "this machine doesn't have the address to listen on; choose another with --http-host or HTTP_HOST"
      status = 1
    default:
      line = String(describing: error).split(separator: "\n").joined(separator: " ")
      status = 1
    }
  }
}
