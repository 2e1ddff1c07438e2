import Metrics
import NIOCore

/// The reads of one event loop: its near cache, and the questions to Redis that are under way, each asked once for all who wait for it.
///
/// Belongs to its event loop and is touched nowhere else.
final class EventLoopCache {
  /// What there is for a request target.
  enum Lookup {
    case ready(EncodedAnswer)
    /// Being read; the answer comes on this event loop.
    case underWay(InFlightRead)
    /// Not a read, or not a valid one: the routes know what to say.
    case notMine
  }

  private(set) var cache: NearCache
  private let read: (ReadRequest) -> EventLoopFuture<ReadAnswer>
  private let isListening: () -> Bool
  private let seconds: Timer
  private var flights: [String: InFlightRead] = [:]

  /// - Parameters:
  ///   - isListening: whether changes in Redis are heard of at this moment; while they aren't, nothing is kept.
  ///   - read: asks Redis; the future is on this event loop and never fails.
  init(
    cacheBytes: Int, isListening: @escaping () -> Bool, read: @escaping (ReadRequest) -> EventLoopFuture<ReadAnswer>
  ) {
    self.read = read
    self.isListening = isListening
    cache = NearCache(byteLimit: cacheBytes)
    seconds = Timer(label: "fast_read_seconds", dimensions: [("source", "redis")])
  }

  /// Answers from the near cache or asks Redis.
  ///
  /// - Parameter target: an origin-form request target, as it came.
  func lookUp(_ target: String) -> Lookup {
    if cache.isOn, let answer = cache.find(target) { return .ready(answer) }
    if let flight = flights[target] { return .underWay(flight) }
    guard let request = ReadRequest(target: target) else { return .notMine }
    guard cache.isOn else { return .underWay(fly(request, target, names: [])) }
    let canonical = request.canonical
    if let answer = cache.find(canonical) {
      cache.add(name: target, to: canonical)
      return .ready(answer)
    }
    return .underWay(fly(request, target, names: [canonical, target]))
  }

  func invalidate(_ keys: [String]) {
    cache.invalidate(keys)
  }

  func reset() {
    cache.reset()
  }

  private func fly(_ request: ReadRequest, _ target: String, names: [String]) -> InFlightRead {
    let flight = InFlightRead()
    flights[target] = flight
    let start = NIODeadline.now()
    let fill = isListening() ? cache.beginFill() : nil
    read(request).assumeIsolated().whenSuccess { answer in
      self.flights[target] = nil
      let encoded = EncodedAnswer(answer)
      if let fill {
        let dependencies = self.isListening() ? answer.dependencies : []
        self.cache.end(fill, encoded, names: names, dependencies: dependencies)
      }
      self.seconds.recordNanoseconds((NIODeadline.now() - start).nanoseconds)
      flight.complete(encoded)
    }
    return flight
  }
}

/// One question to Redis, and all who wait for its answer.
final class InFlightRead {
  private var answer: EncodedAnswer?
  private var waiting: [(EncodedAnswer) -> Void] = []

  /// Calls `body` with the answer, at once if it is here.
  func wait(_ body: @escaping (EncodedAnswer) -> Void) {
    if let answer { body(answer) } else { waiting.append(body) }
  }

  fileprivate func complete(_ answer: EncodedAnswer) {
    self.answer = answer
    let bodies = waiting
    waiting = []
    for body in bodies { body(answer) }
  }
}
