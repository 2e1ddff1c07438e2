#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The kernel's statistics of this process, under the standard names of Prometheus client libraries.
///
/// Source: proc(5) on Linux. Elsewhere only the processor time is reported.
enum ProcessStatistics {
  static func render(into text: inout PrometheusText) {
    var usage = rusage()
    getrusage(ownUsage, &usage)
    let user = Double(usage.ru_utime.tv_sec) + Double(usage.ru_utime.tv_usec) / 1e6
    let system = Double(usage.ru_stime.tv_sec) + Double(usage.ru_stime.tv_usec) / 1e6
    append("process_cpu_seconds_total", "User and system processor time spent, in seconds.", .counter, user + system, &text)
    #if os(Linux)
      if let pages = read("/proc/self/statm").split(separator: " ").dropFirst().first.flatMap({ Double($0) }) {
        let size = Double(sysconf(Int32(_SC_PAGESIZE)))
        append("process_resident_memory_bytes", "Resident memory, in bytes.", .gauge, pages * size, &text)
      }
      append("process_open_fds", "Open file descriptors.", .gauge, Double(openFileDescriptors()), &text)
      if let start = startTime {
        append("process_start_time_seconds", "When the process started, in seconds since 1970.", .gauge, start, &text)
      }
    #endif
  }

  private static func append(
    _ name: String, _ help: String, _ kind: PrometheusKind, _ value: Double, _ text: inout PrometheusText
  ) {
    text.describe(name, help: help, kind: kind)
    text.append(PrometheusSample(label: name, dimensions: []), value: PrometheusText.number(value))
  }

  #if os(Linux)
    private static var ownUsage: __rusage_who_t { __rusage_who_t(RUSAGE_SELF.rawValue) }

    /// Field 22 of `/proc/self/stat`, in clock ticks since boot; fields are counted after the name, which may contain spaces.
    private static let startTime: Double? = {
      guard let ticks = read("/proc/self/stat").split(separator: ")").last?.split(separator: " ").dropFirst(19).first,
        let ticks = Double(ticks),
        let boot = read("/proc/stat").split(separator: "\n").first(where: { $0.hasPrefix("btime ") })?.dropFirst(6),
        let boot = Double(boot)
      else { return nil }
      return boot + ticks / Double(sysconf(Int32(_SC_CLK_TCK)))
    }()

    private static func openFileDescriptors() -> Int {
      guard let folder = opendir("/proc/self/fd") else { return 0 }
      defer { closedir(folder) }
      var count = 0
      while readdir(folder) != nil { count += 1 }
      // ".", ".." and the descriptor of this directory.
      return max(0, count - 3)
    }

    private static func read(_ path: String) -> String {
      let file = open(path, O_RDONLY | O_CLOEXEC)
      guard file >= 0 else { return "" }
      defer { close(file) }
      var all: [UInt8] = []
      var part = [UInt8](repeating: 0, count: 4096)
      while true {
        let count = part.withUnsafeMutableBytes { readBytes(file, $0.baseAddress, $0.count) }
        guard count > 0 else { break }
        all += part[..<count]
      }
      return String(decoding: all, as: UTF8.self)
    }

    private static func readBytes(_ file: Int32, _ to: UnsafeMutableRawPointer?, _ count: Int) -> Int {
      #if canImport(Glibc)
        Glibc.read(file, to, count)
      #else
        Musl.read(file, to, count)
      #endif
    }
  #else
    private static var ownUsage: Int32 { RUSAGE_SELF }
  #endif
}
