import Metrics

/// The gauges of one client, updated at most four times a second.
struct ConnectionMetrics {
  private let inFlight = Gauge(label: "postgres_pipeline_in_flight")
  private let queueDepth = Gauge(label: "postgres_queue_depth")
  private let ready = Gauge(label: "postgres_connections", dimensions: [("state", "ready")])
  private let connecting = Gauge(label: "postgres_connections", dimensions: [("state", "connecting")])
  private let closed = Gauge(label: "postgres_connections", dimensions: [("state", "closed")])

  private let interval: UInt64 = 250_000_000
  private var lastTime: UInt64 = 0
  private var lastRecorded = (inFlight: 0, waiting: 0)
  private var isChanged = true

  /// When the gauges must be updated next; nil while nothing changes.
  var due: UInt64? { isChanged ? lastTime + interval : nil }

  /// A connection was opened or closed.
  mutating func changed() { isChanged = true }

  mutating func recordIfDue(_ loop: ConnectionLoop, waiting: Int) {
    let sent = loop.pipelines.reduce(0) { $0 + $1.inFlight } + loop.leaseConnections.reduce(0) { $0 + $1.inFlight }
    if (sent, waiting) != lastRecorded { isChanged = true }
    if isChanged, loop.now >= lastTime + interval { record(loop, waiting: waiting, inFlight: sent) }
  }

  mutating func record(_ loop: ConnectionLoop, waiting: Int) {
    record(loop, waiting: waiting, inFlight: 0)
  }

  private mutating func record(_ loop: ConnectionLoop, waiting: Int, inFlight sent: Int) {
    isChanged = false
    lastTime = loop.now
    lastRecorded = (sent, waiting)
    inFlight.record(sent)
    queueDepth.record(waiting)
    let connections = loop.pipelines + loop.leaseConnections
    let readyCount = connections.count { $0.isReady }
    let closedCount = connections.count { $0.isClosed }
    ready.record(readyCount)
    closed.record(closedCount)
    connecting.record(connections.count - readyCount - closedCount)
  }
}
