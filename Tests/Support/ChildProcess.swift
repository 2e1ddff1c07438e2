#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif
import Synchronization

/// A child process in its own process group, which never outlives the test process.
///
/// Each child has a watcher shell with the read end of a pipe; when the test process exits for any reason, the pipe closes, and the shell
/// kills the child and removes its folders. (PR_SET_PDEATHSIG is not usable: it is sent when the spawning *thread* ends, and the threads of
/// Swift's pool are short-lived.)
public final class ChildProcess: Sendable {
  /// The id of the process and of its process group.
  public let processID: Int32

  private struct State {
    var watcher: Int32
    var watcherPipe: Int32
    var exit: Exit?
  }
  private let state: Mutex<State>

  /// How a process ended.
  public enum Exit: Hashable, Sendable {
    case status(Int32)
    case signal(Int32)
  }

  /// Starts `arguments[0]` (searched in PATH) with `environment` and this process's PATH, HOME, LANG and TMPDIR.
  ///
  /// - Parameters:
  ///   - output: a file that standard output and error are appended to; `nil` discards them.
  ///   - folders: removed recursively if this process exits before ``end(_:within:)``.
  /// - Throws: ``SystemCallError``.
  public init(
    _ arguments: [String], environment: [String: String] = [:], directory: String? = nil, output: String? = nil,
    removing folders: [String] = []
  ) throws {
    // A child that inherited another one's pipe would keep it open, so children are spawned one at a time.
    let (child, watcher, writeEnd) = try spawning.withLock { _ in
      var ends: [Int32] = [-1, -1]
      guard pipe(&ends) == 0 else { throw SystemCallError("pipe") }
      for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
      defer { close(ends[0]) }
      do {
        let child = try spawn(arguments, environment: environment, directory: directory, output: output, input: nil)
        let script = #"read -r line && exit 0; child=$1; shift; kill -9 -"$child" "$child"; [ $# -gt 0 ] && rm -rf "$@""#
        let watching = ["/bin/sh", "-c", script, "watcher", "\(child)"] + folders
        return (child, try spawn(watching, environment: [:], directory: "/", output: nil, input: ends[0]), ends[1])
      } catch {
        close(ends[1])
        throw error
      }
    }
    processID = child
    state = Mutex(State(watcher: watcher, watcherPipe: writeEnd))
  }

  deinit {
    send(signal: SIGKILL)
    _ = reapIfDone(blocking: true)
  }

  /// Whether the process has not exited.
  public var isRunning: Bool { reapIfDone(blocking: false) == nil }

  /// Sends a signal to the process, unless it has exited.
  public func send(signal: Int32) {
    state.withLock { state in
      if state.exit == nil { _ = kill(processID, signal) }
    }
  }

  /// Waits for the exit of the process; throws ``NeverHappened`` after `limit`.
  @discardableResult
  public func exit(within limit: Duration = .seconds(10)) async throws -> Exit {
    var exit = reapIfDone(blocking: false)
    if exit == nil {
      try await eventually(within: limit, every: .milliseconds(2), "the exit of process \(processID)") {
        exit = reapIfDone(blocking: false)
        return exit != nil
      }
    }
    return exit ?? .status(0)
  }

  /// Sends `signal` (default: SIGTERM), and SIGKILL if the process has not exited within `limit`.
  @discardableResult
  public func end(_ signal: Int32? = nil, within limit: Duration = .seconds(10)) async throws -> Exit {
    send(signal: signal ?? SIGTERM)
    do {
      return try await exit(within: limit)
    } catch is NeverHappened {
      send(signal: SIGKILL)
      return try await exit(within: limit)
    }
  }

  /// Runs a command to its exit; returns the exit status and the output.
  public static func run(
    _ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(60)
  ) async throws -> (exit: Exit, output: String) {
    let folder = try TemporaryFolder()
    let file = folder.path + "/output"
    let child = try ChildProcess(arguments, environment: environment, output: file, removing: [folder.path])
    let exit = try await child.exit(within: limit)
    return (exit, readText(file))
  }

  private func reapIfDone(blocking: Bool) -> Exit? {
    state.withLock { state in
      if let exit = state.exit { return exit }
      var status: Int32 = 0
      let flags = blocking ? 0 : WNOHANG
      guard waitpid(processID, &status, flags) == processID else { return nil }
      _ = write(state.watcherPipe, "\n", 1)
      close(state.watcherPipe)
      var watcherStatus: Int32 = 0
      waitpid(state.watcher, &watcherStatus, 0)
      let exit: Exit = status & 0x7F == 0 ? .status((status >> 8) & 0xFF) : .signal(status & 0x7F)
      state.exit = exit
      return exit
    }
  }
}

/// A folder under /tmp that is removed when the value is released.
public final class TemporaryFolder: Sendable {
  public let path: String

  public init() throws {
    var template = Array("/tmp/baedal-test-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else { throw SystemCallError("mkdtemp") }
    path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
  }

  deinit {
    if let child = try? spawn(["/bin/rm", "-rf", path], environment: [:], directory: "/", output: nil, input: nil) {
      var status: Int32 = 0
      waitpid(child, &status, 0)
    }
  }
}

/// The content of a file; empty if it cannot be read.
public func readText(_ path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 16_384)
  while true {
    let count = fread(&buffer, 1, buffer.count, file)
    if count == 0 { break }
    bytes += buffer[..<count]
  }
  return String(decoding: bytes, as: UTF8.self)
}

private let spawning = Mutex(())

private func spawn(
  _ arguments: [String], environment: [String: String], directory: String?, output: String?, input: Int32?
) throws -> Int32 {
  #if canImport(Glibc)
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
  #else
    var actions: posix_spawn_file_actions_t?
    var attributes: posix_spawnattr_t?
  #endif
  posix_spawn_file_actions_init(&actions)
  posix_spawnattr_init(&attributes)
  defer {
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
  }
  if let input {
    posix_spawn_file_actions_adddup2(&actions, input, 0)
  } else {
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
  }
  posix_spawn_file_actions_addopen(&actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o644)
  posix_spawn_file_actions_adddup2(&actions, 1, 2)

  var defaults = sigset_t()
  sigemptyset(&defaults)
  for signal in [SIGINT, SIGTERM, SIGPIPE, SIGHUP] { sigaddset(&defaults, signal) }
  var blocked = sigset_t()
  sigemptyset(&blocked)
  posix_spawnattr_setsigdefault(&attributes, &defaults)
  posix_spawnattr_setsigmask(&attributes, &blocked)
  posix_spawnattr_setpgroup(&attributes, 0)
  let flags = Int32(POSIX_SPAWN_SETPGROUP) | Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK)
  posix_spawnattr_setflags(&attributes, Int16(flags))

  var variables = ["PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"]
  for name in ["PATH", "HOME", "LANG", "TMPDIR"] {
    if let value = getenv(name) { variables[name] = String(cString: value) }
  }
  variables.merge(environment) { _, new in new }
  let inDirectory = directory.map { ["/bin/sh", "-c", #"cd "$0" && exec "$@""#, $0] } ?? []
  let argumentPointers = (inDirectory + arguments).map { strdup($0) } + [nil]
  let variablePointers = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
  defer { for pointer in argumentPointers + variablePointers { free(pointer) } }
  var child: pid_t = 0
  let result = posix_spawnp(&child, (inDirectory + arguments)[0], &actions, &attributes, argumentPointers, variablePointers)
  guard result == 0 else { throw SystemCallError("spawn \(arguments[0])", number: result) }
  return child
}
