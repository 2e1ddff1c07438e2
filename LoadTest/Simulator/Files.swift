#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The few file operations that the simulator needs, by POSIX calls.
enum Files {
  /// Creates the parent folders of `path` where they are missing.
  ///
  /// - Throws: `FileError`.
  static func makeFolder(of path: String) throws {
    var folder = path.hasPrefix("/") ? "/" : ""
    for part in path.split(separator: "/").dropLast() {
      folder += part + "/"
      guard mkdir(folder, 0o755) == 0 || errno == EEXIST else { throw FileError(path: folder, number: errno) }
    }
  }

  static func openForAppending(_ path: String) throws -> Int32 {
    try open(path, flags: O_WRONLY | O_CREAT | O_APPEND)
  }

  /// Creates or replaces a file.
  ///
  /// - Throws: `FileError`.
  static func write(_ text: String, to path: String) throws {
    try makeFolder(of: path)
    let descriptor = try open(path, flags: O_WRONLY | O_CREAT | O_TRUNC)
    write(Array(text.utf8), to: descriptor)
    close(descriptor)
  }

  static func write(_ bytes: [UInt8], to descriptor: Int32) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let written = rest.withUnsafeBytes { systemWrite(descriptor, $0.baseAddress, $0.count) }
      guard written > 0 else { return }
      rest = rest.dropFirst(written)
    }
  }

  private static func open(_ path: String, flags: Int32) throws -> Int32 {
    let descriptor = systemOpen(path, flags | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
    return descriptor
  }
}

/// A file or folder could not be opened or created.
struct FileError: Error, CustomStringConvertible {
  let path: String
  /// The system's `errno`.
  let number: Int32

  var description: String {
    "\(path): \(String(cString: strerror(number)))"
  }
}

// `Files` has functions of the same names.
private let systemWrite: @Sendable (Int32, UnsafeRawPointer?, Int) -> Int = { write($0, $1, $2) }
private let systemOpen: @Sendable (String, Int32, mode_t) -> Int32 = { open($0, $1, $2) }
