import Contracts
import LoadClient

/// The aggregates whose changes a tracking stream shows.
enum TrackedAggregate: String, CaseIterable, Sendable {
  case order, payment, delivery
}

/// A change of an aggregate's status.
struct StatusChange: Hashable, Sendable {
  let subject: TrackedAggregate
  let status: String
  let version: Int64
  /// The commit time by the service's clock.
  let at: Timestamp
}

/// A violation of the stream's guarantees.
enum TrackingAnomaly: Hashable, Sendable {
  /// A change was sent twice.
  case duplicate(TrackedAggregate, version: Int64)
  /// A change came after a later one, or an event id decreased.
  case decreased(TrackedAggregate, from: Int64, to: Int64)
  /// A version of the order is missing.
  case skipped(TrackedAggregate, from: Int64, to: Int64)
  /// An event does not follow the API's contract.
  case unreadable(String)
}

/// Checks one stream and its resumptions: each change is sent once, and versions never decrease.
struct TrackingLog: Sendable {
  /// The event id to resume from.
  private(set) var lastEventID: String?
  private(set) var orderStatus: OrderStatus?
  private(set) var paymentStatus: PaymentStatus?
  private var seen: [TrackedAggregate: Set<Int64>] = [:]
  private var shown: [TrackedAggregate: Int64] = [:]

  /// Whether order and payment have matching final statuses: then the stream is complete.
  var isOver: Bool {
    guard let orderStatus, orderStatus.isFinal, let paymentStatus else { return false }
    return orderStatus.paymentEnds.contains(paymentStatus)
  }

  /// The change of an event, unless the event is unreadable or a duplicate, and the violations.
  mutating func take(_ event: ServerSentEvent) -> (change: StatusChange?, anomalies: [TrackingAnomaly]) {
    guard let subject = TrackedAggregate(rawValue: event.name) else {
      return (nil, [.unreadable("event \(event.name)")])
    }
    let json = JSONView(event.data)
    guard
      let status = json["status"]?.string, let version = json["version"]?.integer,
      let at = json["at"]?.string.flatMap({ Timestamp(rfc3339: $0) })
    else {
      return (nil, [.unreadable(String(decoding: event.data.prefix(200), as: UTF8.self))])
    }
    var anomalies = takeID(event.id)
    let last = seen[subject]?.max() ?? 0
    if seen[subject]?.contains(version) == true {
      anomalies.append(.duplicate(subject, version: version))
      return (nil, anomalies)
    } else if version < last {
      anomalies.append(.decreased(subject, from: last, to: version))
    } else if subject == .order && version != last + 1 {
      anomalies.append(.skipped(subject, from: last, to: version))
    }
    seen[subject, default: []].insert(version)
    take(status, of: subject)
    return (StatusChange(subject: subject, status: status, version: version, at: at), anomalies)
  }

  private mutating func take(_ status: String, of subject: TrackedAggregate) {
    switch subject {
    case .order: orderStatus = OrderStatus(rawValue: status)
    case .payment: paymentStatus = PaymentStatus(rawValue: status)
    case .delivery: break
    }
  }

  /// Reads `<order>.<payment>.<delivery>`, the versions shown so far.
  private mutating func takeID(_ id: String?) -> [TrackingAnomaly] {
    let parts = (id ?? "").split(separator: ".").compactMap { Int64($0) }
    guard let id, parts.count == 3 else { return [.unreadable("id \(id ?? "none")")] }
    lastEventID = id
    var anomalies: [TrackingAnomaly] = []
    for (subject, version) in zip(TrackedAggregate.allCases, parts) {
      if let before = shown[subject], version < before {
        anomalies.append(.decreased(subject, from: before, to: version))
      }
      shown[subject] = version
    }
    return anomalies
  }
}
