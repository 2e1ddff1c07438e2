public import Logging
import NIOPosix
public import ServiceClient
public import ServiceLifecycle

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Resolves the instances of a service from one DNS name, such as that of a headless service of Kubernetes.
///
/// ``run()`` keeps the addresses up to date.
public struct DNSResolver: ServiceResolver, Service {
  private let book: AddressBook

  /// - Parameters:
  ///   - host: each of its addresses, IPv4 and IPv6, is an instance of every requested service.
  ///   - interval: the longest time until a change is noticed.
  public init(host: String, port: Int, interval: Duration = .seconds(2), logger: Logger) {
    book = AddressBook(interval: interval, logger: logger) { services in
      let addresses = try await Self.addresses(host, port)
      return Dictionary(uniqueKeysWithValues: services.map { ($0, addresses) })
    }
  }

  public func addresses(of service: String) async throws -> [ServiceAddress] {
    try await book.addresses(of: service)
  }

  public func run() async throws {
    await book.follow()
  }

  /// getaddrinfo(3) blocks, so it runs on a thread pool for blocking calls.
  private static func addresses(_ host: String, _ port: Int) async throws -> [ServiceAddress] {
    try await NIOThreadPool.singleton.runIfActive {
      var hints = addrinfo()
      #if canImport(Glibc)
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
      #else
        hints.ai_socktype = SOCK_STREAM
      #endif
      var list: UnsafeMutablePointer<addrinfo>?
      let status = getaddrinfo(host, "\(port)", &hints, &list)
      guard status == 0 else { throw DNSError(host: host, reason: String(cString: gai_strerror(status))) }
      defer { freeaddrinfo(list) }
      var found: Set<String> = []
      var next = list
      while let entry = next?.pointee {
        if let name = numeric(entry) { found.insert(entry.ai_family == AF_INET6 ? "[\(name)]" : name) }
        next = entry.ai_next
      }
      return found.sorted().compactMap { ServiceAddress("http://\($0):\(port)") }
    }
  }

  private static func numeric(_ entry: addrinfo) -> String? {
    var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
    let status = getnameinfo(
      entry.ai_addr, entry.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
    return status == 0 ? String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }
}

/// A failed DNS look-up.
struct DNSError: Error, CustomStringConvertible {
  let host: String
  let reason: String

  var description: String { "\(host): \(reason)" }
}
