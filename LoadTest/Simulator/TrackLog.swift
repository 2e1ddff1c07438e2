import Contracts
import LoadClient

/// What an order's tracking stream tells of.
enum TrackSubject: String, CaseIterable, Sendable {
  case order, payment, delivery
}

/// A status that one of them took on.
struct TrackChange: Hashable, Sendable {
  let subject: TrackSubject
  let status: String
  let version: Int64
  /// When it was committed, as its service wrote it.
  let at: Timestamp
}

/// What must not happen on a stream.
enum TrackAnomaly: Hashable, Sendable {
  /// A change was pushed once more.
  case repeated(TrackSubject, version: Int64)
  /// A change came after a later one, or an event id went back.
  case fell(TrackSubject, from: Int64, to: Int64)
  /// An order's change was left out: each of its versions is one.
  case skipped(TrackSubject, from: Int64, to: Int64)
  /// It isn't what the contract says.
  case unreadable(String)
}

/// Watches over one stream and its resumptions: each change once, and versions never fall.
struct TrackLog: Sendable {
  /// Where to resume.
  private(set) var lastEventID: String?
  private(set) var orderStatus: OrderStatus?
  private(set) var paymentStatus: PaymentStatus?
  private var seen: [TrackSubject: Set<Int64>] = [:]
  private var shown: [TrackSubject: Int64] = [:]

  /// Whether the order and its payment have come to an end that fit together: then nothing is missing when the stream ends.
  var isOver: Bool {
    guard let orderStatus, orderStatus.isFinal, let paymentStatus else { return false }
    return orderStatus.paymentEnds.contains(paymentStatus)
  }

  /// The change that an event tells of, if it can be read and is a new one.
  mutating func take(_ event: ServerSentEvent) -> (change: TrackChange?, anomalies: [TrackAnomaly]) {
    guard let subject = TrackSubject(rawValue: event.name) else {
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
      anomalies.append(.repeated(subject, version: version))
      return (nil, anomalies)
    } else if version < last {
      anomalies.append(.fell(subject, from: last, to: version))
    } else if subject == .order && version != last + 1 {
      anomalies.append(.skipped(subject, from: last, to: version))
    }
    seen[subject, default: []].insert(version)
    take(status, of: subject)
    return (TrackChange(subject: subject, status: status, version: version, at: at), anomalies)
  }

  private mutating func take(_ status: String, of subject: TrackSubject) {
    switch subject {
    case .order: orderStatus = OrderStatus(rawValue: status)
    case .payment: paymentStatus = PaymentStatus(rawValue: status)
    case .delivery: break
    }
  }

  /// Reads `<order>.<payment>.<delivery>`, the versions shown so far.
  private mutating func takeID(_ id: String?) -> [TrackAnomaly] {
    let parts = (id ?? "").split(separator: ".").compactMap { Int64($0) }
    guard let id, parts.count == 3 else { return [.unreadable("id \(id ?? "none")")] }
    lastEventID = id
    var anomalies: [TrackAnomaly] = []
    for (subject, version) in zip(TrackSubject.allCases, parts) {
      if let before = shown[subject], version < before {
        anomalies.append(.fell(subject, from: before, to: version))
      }
      shown[subject] = version
    }
    return anomalies
  }
}
