#if canImport(Testing)
  import Testing
#endif

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

/// What `Deploy/test` tells the processes of a test run; under a plain `swift test` nothing is set, and servers start on first use.
enum TestRun {
  /// The port of the PostgreSQL server of the whole run.
  static let postgresPort = variable("TESTS_POSTGRES_PORT").flatMap { Int($0) }
  /// A folder with an initial PostgreSQL cluster, which is copied in place of running `initdb`.
  static let clusterTemplate = variable("TESTS_POSTGRES_TEMPLATE")
  /// Whether tests that need a server are cancelled, as in `make check`.
  static let isWithoutServers = variable("TESTS_WITHOUT_SERVERS") == "1"

  private static func variable(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }
}

/// Cancels the current test in a run without servers; called by all that start a server or a service.
public func requireServers() throws {
  guard TestRun.isWithoutServers else { return }
  // The module is missing in builds with static libraries, and a test can be cancelled since Swift 6.3.
  #if canImport(Testing) && compiler(>=6.3)
    print("needs a server: \(Test.current.map { "\($0.id)" } ?? "an unknown test")")
    try Test.cancel("needs a server")
  #else
    throw ServerFailure(what: "make check", output: "the test needs a server, and only Swift 6.3 can cancel it")
  #endif
}
