import Contracts

/// 4: what a client was told was done stands in the databases.
func acknowledgedWritesExist(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  let orders = try await evidence.ordersByID()
  let deliveries = try await evidence.deliveriesByID()
  let reviews = try await evidence.reviewsByID()
  let journal = evidence.journal
  for line in journal["order"] {
    guard let id = line.id else { continue }
    let order = orders[id]
    let isTheSame = order.map { $0.total == line.total ?? $0.total && $0.version >= line.version ?? 1 } ?? false
    finding.check(
      isTheSame, "order \(id) was acknowledged with total \(text(line.total)), the database has \(text(order?.total))")
  }
  for line in journal["command"] {
    guard let id = line.id, let version = line.version else { continue }
    let stored = line.aggregate == "order" ? orders[id]?.version : deliveries[id]?.version
    finding.check(
      stored ?? 0 >= version,
      "\(line.action ?? "a command") made version \(version) of \(line.aggregate ?? "?") \(id), the database has \(text(stored))")
  }
  for line in journal["delivered"] {
    guard let id = line.id else { continue }
    finding.check(deliveries[id]?.status == .delivered, "delivery \(id) was completed, and isn't in the database")
  }
  for line in journal["review"] + journal["reply"] {
    guard let id = line.id else { continue }
    finding.check(
      reviews[id].map { $0.version >= line.version ?? 1 } ?? false, "the \(line.kind) of \(id) is not in the database")
  }
  return finding
}

/// 5: what was asked twice under one key was answered twice in the same way, and had one effect.
func repeatedRequestsAgree(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  for line in evidence.journal["repeat"] {
    finding.check(line.same == true, "\(line.path ?? "a request") under key \(line.key ?? "?") had two different answers")
  }
  return finding
}

/// 10: nobody was shown an older version after a newer one, and no read model is ahead of its source.
func versionsNeverFell(_ evidence: Evidence) async throws -> Finding {
  var finding = Finding()
  for line in evidence.journal["fall"] {
    finding.check(false, "\(line.aggregate ?? "?") \(text(line.id)) fell from \(line.from ?? "?") to \(line.to ?? "?")")
  }
  let orders = try await evidence.ordersByID()
  for line in evidence.journal["end"] {
    guard let id = line.id, let shown = line.status, let order = orders[id] else { continue }
    finding.check(
      order.status.rawValue == shown, "order \(id) was shown as \(shown), which is an end, and is \(order.status.rawValue) now")
  }
  return finding
}

private func text(_ value: (some CustomStringConvertible)?) -> String {
  value.map { "\($0)" } ?? "none"
}
