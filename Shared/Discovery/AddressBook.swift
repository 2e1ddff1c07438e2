import Logging
import ServiceClient
import ServiceLifecycle
import Synchronization

/// A cache of the addresses of requested services, refreshed at an interval.
///
/// The last known addresses stay while the source is unavailable, and also when it returns none: an attempt to call an instance
/// that is gone costs little, and a source that has just restarted may not know all instances yet. May be used from any task.
final class AddressBook: Sendable {
  private struct Page: Sendable {
    var addresses: [ServiceAddress] = []
  }

  private let pages = Mutex<[String: Page]>([:])
  private let lookUp: @Sendable ([String]) async throws -> [String: [ServiceAddress]]
  private let interval: Duration
  private let logger: Logger

  /// - Parameter lookUp: the addresses of each service; none for a service that has no instance.
  init(
    interval: Duration, logger: Logger, lookUp: @escaping @Sendable ([String]) async throws -> [String: [ServiceAddress]]
  ) {
    self.interval = interval
    self.logger = logger
    self.lookUp = lookUp
  }

  func addresses(of service: String) async throws -> [ServiceAddress] {
    let known = pages.withLock { pages in
      if let page = pages[service] { return page.addresses }
      pages[service] = Page()
      return []
    }
    if !known.isEmpty { return known }
    do {
      try await refresh([service])
    } catch let error as CancellationError {
      throw error
    } catch {
      throw Self.unavailable(service, "can't be looked up: \(error)")
    }
    let found = pages.withLock { $0[service]?.addresses ?? [] }
    guard !found.isEmpty else { throw Self.unavailable(service, "has no instance") }
    return found
  }

  /// Refreshes all addresses once per interval, until the service shuts down.
  func follow() async {
    await cancelWhenGracefulShutdown {
      var isUnavailable = false
      while !Task.isCancelled {
        try? await Task.sleep(for: self.interval)
        let services = self.pages.withLock { Array($0.keys) }
        guard !services.isEmpty, !Task.isCancelled else { continue }
        do {
          try await self.refresh(services)
          if isUnavailable { self.logger.notice("Addresses of services can be looked up again.") }
          isUnavailable = false
        } catch {
          if !isUnavailable, !Task.isCancelled {
            self.logger.notice("Looking up addresses of services failed; the last known are used.", error: error)
            isUnavailable = true
          }
        }
      }
    }
  }

  private func refresh(_ services: [String]) async throws {
    let found = try await lookUp(services)
    pages.withLock { pages in
      for (service, addresses) in found where !addresses.isEmpty && pages[service]?.addresses != addresses {
        pages[service] = Page(addresses: addresses)
        logger.debug("Addresses changed.", metadata: ["service": "\(service)", "count": "\(addresses.count)"])
      }
    }
  }

  /// A transient error: an instance may be about to start.
  private static func unavailable(_ service: String, _ detail: String) -> ServiceClientError {
    ServiceClientError(service: service, code: .connection, detail: detail, wasSent: false)
  }
}
