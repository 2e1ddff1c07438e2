import Logging
import ServiceClient
import ServiceLifecycle
import Synchronization

/// The addresses of services that somebody has asked for, looked up again and again.
///
/// What was known last stays while the source is away, and also when it knows of no instance any more: to try one that is gone costs little, and a
/// source that has just come back knows less than its askers. May be used from any task.
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

  /// Looks everything up once in each interval, until the service is told to stop.
  func follow() async {
    await cancelWhenGracefulShutdown {
      var isAway = false
      while !Task.isCancelled {
        try? await Task.sleep(for: self.interval)
        let asked = self.pages.withLock { Array($0.keys) }
        guard !asked.isEmpty, !Task.isCancelled else { continue }
        do {
          try await self.refresh(asked)
          if isAway { self.logger.notice("Addresses of services can be looked up again.") }
          isAway = false
        } catch {
          if !isAway, !Task.isCancelled {
            self.logger.notice("Addresses of services can't be looked up; the last known are used.", error: error)
            isAway = true
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
        logger.debug("addresses changed", metadata: ["service": "\(service)", "count": "\(addresses.count)"])
      }
    }
  }

  /// Waiting may help: an instance may be about to start.
  private static func unavailable(_ service: String, _ detail: String) -> ServiceClientError {
    ServiceClientError(service: service, code: .connection, detail: detail, wasSent: false)
  }
}
