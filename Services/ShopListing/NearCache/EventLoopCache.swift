import Metrics
import NIOCore

/// One event loop's near cache and its reads in flight; concurrent identical reads are coalesced into one.
///
/// Confined to its event loop.
final class EventLoopCache {
  /// What is known of a request target.
  enum Lookup {
    case ready(EncodedResponse)
    /// The response follows, on this event loop.
    case inFlight(InFlightRead)
    /// Not a valid read: left to the routes.
    case unsupported
  }

  private(set) var cache: NearCache
  private let read: (ReadRequest) -> EventLoopFuture<ReadResponse>
  private let isTracking: () -> Bool
  private let seconds: Timer
  private var inFlight: [String: InFlightRead] = [:]

  /// - Parameters:
  ///   - isTracking: whether invalidations are being received; while they aren't, nothing is cached.
  ///   - read: reads from Redis; the future is on this event loop and never fails.
  init(
    cacheBytes: Int, isTracking: @escaping () -> Bool, read: @escaping (ReadRequest) -> EventLoopFuture<ReadResponse>
  ) {
    self.read = read
    self.isTracking = isTracking
    cache = NearCache(byteLimit: cacheBytes)
    seconds = Timer(label: "fast_read_seconds", dimensions: [("source", "redis")])
  }

  /// Finds the response in the near cache, or starts or joins a read from Redis.
  ///
  /// - Parameter target: the origin-form request target, unmodified.
  func lookUp(_ target: String) -> Lookup {
    if cache.isOn, let response = cache.find(target) { return .ready(response) }
    if let read = inFlight[target] { return .inFlight(read) }
    guard let request = ReadRequest(target: target) else { return .unsupported }
    guard cache.isOn else { return .inFlight(start(request, target, names: [])) }
    let canonical = request.canonical
    if let response = cache.find(canonical) {
      cache.add(name: target, to: canonical)
      return .ready(response)
    }
    return .inFlight(start(request, target, names: [canonical, target]))
  }

  func invalidate(_ keys: [String]) {
    cache.invalidate(keys)
  }

  func reset() {
    cache.reset()
  }

  private func start(_ request: ReadRequest, _ target: String, names: [String]) -> InFlightRead {
    let inFlightRead = InFlightRead()
    inFlight[target] = inFlightRead
    let start = NIODeadline.now()
    let fill = isTracking() ? cache.beginFill() : nil
    read(request).assumeIsolated().whenSuccess { response in
      self.inFlight[target] = nil
      let encoded = EncodedResponse(response)
      if let fill {
        let dependencies = self.isTracking() ? response.dependencies : []
        self.cache.endFill(fill, encoded, names: names, dependencies: dependencies)
      }
      self.seconds.recordNanoseconds((NIODeadline.now() - start).nanoseconds)
      inFlightRead.complete(encoded)
    }
    return inFlightRead
  }
}

/// A read from Redis, and the requests that wait for it.
final class InFlightRead {
  private var response: EncodedResponse?
  private var waiters: [(EncodedResponse) -> Void] = []

  /// Calls `body` with the response, immediately if it is complete.
  func wait(_ body: @escaping (EncodedResponse) -> Void) {
    if let response { body(response) } else { waiters.append(body) }
  }

  fileprivate func complete(_ response: EncodedResponse) {
    self.response = response
    let bodies = waiters
    waiters = []
    for body in bodies { body(response) }
  }
}
