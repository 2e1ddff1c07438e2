import CoreMetrics
import Telemetry
import Testing

@Suite("Prometheus registry")
struct PrometheusRegistryTests {
  private func lines(_ registry: PrometheusRegistry, of prefix: String) -> [String] {
    String(decoding: registry.render(), as: UTF8.self).split(separator: "\n").map(String.init).filter { $0.contains(prefix) }
  }

  @Test("counters of the same name and labels are one series")
  func counters() {
    let registry = PrometheusRegistry()
    Counter(label: "orders_total", dimensions: [("shop", "a")], factory: registry).increment(by: 2)
    Counter(label: "orders_total", dimensions: [("shop", "a")], factory: registry).increment()
    Counter(label: "orders_total", dimensions: [("shop", "b")], factory: registry).increment()
    #expect(
      lines(registry, of: "orders_total") == [
        "# HELP orders_total orders total", "# TYPE orders_total counter", #"orders_total{shop="a"} 3"#,
        #"orders_total{shop="b"} 1"#,
      ])
  }

  @Test("timers become histograms in seconds, cumulative, with sum and count")
  func timers() {
    let registry = PrometheusRegistry()
    let timer = Timer(label: "work.seconds", factory: registry)
    timer.recordMilliseconds(Int64(1))
    timer.recordMilliseconds(Int64(20))
    timer.recordSeconds(Int64(60))
    let text = lines(registry, of: "work_seconds")
    #expect(text.contains("# TYPE work_seconds histogram"))
    #expect(text.contains(#"work_seconds_bucket{le="0.0005"} 0"#))
    #expect(text.contains(#"work_seconds_bucket{le="0.001"} 1"#))
    #expect(text.contains(#"work_seconds_bucket{le="0.025"} 2"#))
    #expect(text.contains(#"work_seconds_bucket{le="10"} 2"#))
    #expect(text.contains(#"work_seconds_bucket{le="+Inf"} 3"#))
    #expect(text.contains("work_seconds_sum 60.021"))
    #expect(text.contains("work_seconds_count 3"))
  }

  @Test("gauges and meters show the last value, and go up and down")
  func gauges() {
    let registry = PrometheusRegistry()
    let meter = Meter(label: "in-flight", factory: registry)
    meter.increment(by: 3.0)
    meter.decrement()
    Gauge(label: "level", factory: registry).record(1.5)
    #expect(lines(registry, of: "in_flight ").contains("in_flight 2"))
    #expect(lines(registry, of: "level ").contains("level 1.5"))
  }

  @Test("label values are escaped and names made valid")
  func escaping() {
    let registry = PrometheusRegistry()
    Counter(label: "9.lives-left", dimensions: [("the.label", "a\"b\\c\nd")], factory: registry).increment()
    #expect(lines(registry, of: "_9_lives_left{") == [#"_9_lives_left{the_label="a\"b\\c\nd"} 1"#])
  }

  @Test("the help text can be set")
  func help() {
    let registry = PrometheusRegistry()
    registry.describe("orders_total", "Orders\nplaced.")
    Counter(label: "orders_total", factory: registry).increment()
    #expect(lines(registry, of: "# HELP orders_total") == [#"# HELP orders_total Orders\nplaced."#])
  }

  @Test("a name that is used by another kind yields an instrument that is not rendered")
  func clash() {
    let registry = PrometheusRegistry()
    Counter(label: "thing", factory: registry).increment()
    Timer(label: "thing", factory: registry).recordSeconds(Int64(1))
    #expect(lines(registry, of: "thing") == ["# HELP thing thing", "# TYPE thing counter", "thing 1"])
  }

  @Test("a destroyed instrument is no longer shown")
  func destroy() {
    let registry = PrometheusRegistry()
    let counter = Counter(label: "gone_total", factory: registry)
    counter.increment()
    counter.destroy()
    #expect(lines(registry, of: "gone_total").isEmpty)
  }

  @Test("increments from many tasks are all counted")
  func concurrent() async {
    let registry = PrometheusRegistry()
    await withTaskGroup { group in
      for _ in 0..<8 {
        group.addTask {
          let counter = Counter(label: "n_total", factory: registry)
          let timer = Timer(label: "t_seconds", factory: registry)
          for _ in 0..<1000 {
            counter.increment()
            timer.recordNanoseconds(Int64(1))
          }
        }
      }
    }
    #expect(lines(registry, of: "n_total ").contains("n_total 8000"))
    #expect(lines(registry, of: "t_seconds_count") == ["t_seconds_count 8000"])
  }

  #if os(Linux)
    @Test(
      "the process statistics are rendered",
      arguments: [
        "process_resident_memory_bytes", "process_cpu_seconds_total", "process_start_time_seconds", "process_open_fds",
      ])
    func process(name: String) throws {
      let line = try #require(lines(PrometheusRegistry(), of: name).last)
      let value = try #require(Double(line.split(separator: " ")[1]))
      #expect(value > 0)
    }
  #endif
}
