import Contracts
import LoadClient
import SampleShops
import Synchronization
import UnixSignals

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// One run: riders come, lives arrive on their own schedule, the last are waited for, riders go.
struct Simulation: Sendable {
  let scenario: Scenario
  let services: Services
  let people: People
  let journal: Journal

  /// How many riders are registered, or sent home, at once.
  private static let concurrency = 32

  /// - Throws: when the run can't begin: people who can't sign in, no shops, or riders that the service refuses.
  func run() async throws -> Report {
    let cast = try await Cast(scenario, people)
    let shops = try await KnownShop.load(from: services.shop, count: scenario.shops, of: cast.owners)
    let arrivals = scenario.arrivals.times()
    // What is measured before the run is no part of it.
    let preparation = world(cast, shops, from: .now)
    try await inTurns(count: scenario.riderCount, concurrency: Self.concurrency) { number in
      try await Rider(number: number, world: preparation).begin()
    }
    let start = ContinuousClock.now
    let world = world(cast, shops, from: start)
    let used = ProcessorTime.seconds
    writeRun()
    await live(arrivals, in: world, from: start)
    let seconds = start.duration(to: .now).inSeconds
    let processors = (ProcessorTime.seconds - used) / seconds
    try await inTurns(count: scenario.riderCount, concurrency: Self.concurrency) { number in
      await Rider(number: number, world: preparation).end()
    }
    journal.flush()
    return Report(world.measurements.values, scenario: scenario, seconds: seconds, processors: processors)
  }

  private func world(_ cast: Cast, _ shops: [KnownShop], from start: ContinuousClock.Instant) -> World {
    let lastArrival = start + .seconds(scenario.duration)
    let measurements = Measurements()
    return World(
      scenario: scenario, services: services, cast: cast,
      requests: Requests(
        measurements: measurements, toleratesOutages: scenario.toleratesOutages, end: lastArrival + scenario.drain),
      measurements: measurements, journal: journal, shops: shops, fleet: RiderFleet(measurements: measurements),
      lastArrival: lastArrival)
  }

  /// Riders and lives side by side, until the last life has ended or may be waited for no longer.
  private func live(_ arrivals: [Double], in world: World, from start: ContinuousClock.Instant) async {
    let closing = Closing()
    await withTaskGroup(of: Void.self) { background in
      for number in 0..<scenario.riderCount {
        background.addTask { await Rider(number: number, world: world).work() }
      }
      background.addTask { await Progress(world, start: start).run() }
      background.addTask { await closing.onSignal() }
      await withTaskGroup(of: Void.self) { first in
        first.addTask { await lives(arrivals, in: world, from: start, closing) }
        first.addTask { try? await Task.sleep(until: world.requests.end) }
        await first.next()
        first.cancelAll()
      }
      world.fleet.dismiss()
      background.cancelAll()
    }
  }

  private func lives(_ arrivals: [Double], in world: World, from start: ContinuousClock.Instant, _ closing: Closing) async {
    await withDiscardingTaskGroup { group in
      for (number, second) in arrivals.enumerated() {
        let intended = start + .seconds(second)
        try? await Task.sleep(until: intended, tolerance: .zero)
        if Task.isCancelled || closing.isClosed { break }
        group.addTask {
          var life = Life(world, LifePlan(number: number, scenario: world.scenario, shops: world.shops), intended: intended)
          await life.run()
        }
      }
    }
  }

  private func writeRun() {
    journal.write(
      "run",
      """
      "seed":\(scenario.seed),"rate":\(scenario.rate),"duration":\(scenario.duration),"unhappy":\(scenario.unhappy),\
      "ways":[\(scenario.ways.map { $0.rawValue.quoted }.joined(separator: ","))],"tolerateOutages":\(scenario.toleratesOutages)
      """)
  }
}

/// Ends the arrivals early when somebody interrupts the run; lives that began go on to their end.
private final class Closing: Sendable {
  private let closed = Mutex(false)

  var isClosed: Bool { closed.withLock { $0 } }

  /// The second signal ends the process.
  func onSignal() async {
    for await signal in await UnixSignalsSequence(trapping: .sigint, .sigterm) {
      let again = closed.withLock { closed in
        defer { closed = true }
        return closed
      }
      if again { exit(signal == .sigint ? 130 : 143) }
      Terminal.writeError("\nno more lives begin; waiting for those that are open (once more to end at once)\n")
    }
  }
}
