import ServiceClient
import Testing

@Suite("Instance balancer")
struct InstanceBalancerTests {
  private enum Step {
    /// Sets the instances, by name.
    case instances(String)
    /// A call at a time in milliseconds, not to those in `except`; the expected instance, or none. The call is stored under
    /// `name`.
    case call(Int, String?, except: String = "", as: String = "")
    /// Many successful calls; the instances that they go to, at least once each.
    case spread(Int, String)
    /// The outcome of the call of that name.
    case record(Int, InstanceBalancer.Outcome, String = "")
    /// The state of every instance: `i`ncluded, `p`robing, `o`ut.
    case states(String)
  }

  private static let configuration = InstanceBalancer.Configuration(
    failureThreshold: 2, ejection: .milliseconds(100), maximumEjection: .milliseconds(300))

  private static func address(_ name: Character) -> ServiceAddress { ServiceAddress("http://\(name)")! }

  private func play(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
    var balancer = InstanceBalancer(Self.configuration, seed: 7)
    var calls: [String: InstanceBalancer.Choice] = [:]
    let start = ContinuousClock.now
    for (index, step) in steps.enumerated() {
      switch step {
      case .instances(let names): balancer.update(names.map(Self.address))
      case .call(let time, let expected, let except, let name):
        let choice = balancer.choose(at: start + .milliseconds(time), except: except.map(Self.address))
        calls[name] = choice
        #expect(
          choice?.address == expected.flatMap(\.first).map(Self.address), "step \(index)", sourceLocation: sourceLocation)
      case .spread(let time, let expected):
        var seen: Set<ServiceAddress> = []
        for _ in 0..<50 {
          guard let choice = balancer.choose(at: start + .milliseconds(time)) else { continue }
          seen.insert(choice.address)
          balancer.record(.success, for: choice, at: start + .milliseconds(time))
        }
        #expect(seen == Set(expected.map(Self.address)), "step \(index)", sourceLocation: sourceLocation)
      case .record(let time, let outcome, let name):
        if let choice = calls[name] { balancer.record(outcome, for: choice, at: start + .milliseconds(time)) }
      case .states(let names):
        let states = balancer.states.map { ["i", "p", "o"][$0.state.rawValue] }.joined()
        #expect(states == names, "step \(index)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("calls go to every instance, and none to a removed one")
  func spreads() {
    play([
      .call(0, nil), .instances("abc"), .spread(0, "abc"), .instances("ac"), .spread(0, "ac"), .instances("c"), .spread(0, "c"),
    ])
  }

  @Test("of two the one with fewer outstanding calls is chosen")
  func leastOutstanding() {
    var balancer = InstanceBalancer(Self.configuration, seed: 1)
    balancer.update("ab".map(Self.address))
    for _ in 0..<100 { _ = balancer.choose(at: .now) }
    #expect(balancer.states.map(\.outstanding) == [50, 50])
  }

  @Test("an unreachable instance is ejected at once, and a successful probe includes it again")
  func unreachable() {
    play([
      .instances("ab"), .call(0, "a", except: "b"), .record(0, .unreachable), .states("oi"), .spread(99, "b"),
      // The next call is the probe; meanwhile the others go to other instances.
      .call(100, "a", as: "probe"), .states("pi"), .spread(101, "b"), .record(110, .success, "probe"), .states("ii"),
      .spread(111, "ab"),
    ])
  }

  @Test("consecutive failures eject an instance, a success between them resets the count")
  func failures() {
    play([
      .instances("ab"), .call(0, "a", except: "b"), .record(0, .failure), .call(0, "a", except: "b"), .record(0, .success),
      .call(0, "a", except: "b"), .record(0, .failure), .states("ii"), .call(0, "a", except: "b"), .record(0, .failure),
      .states("oi"),
    ])
  }

  @Test("a failed probe ejects it for twice as long, up to the maximum, and a success resets that")
  func backoff() {
    play([
      .instances("ab"), .call(0, "a", except: "b"), .record(0, .unreachable),
      .call(100, "a"), .record(100, .failure), .spread(299, "b"),  // to 300
      .call(300, "a"), .record(300, .unreachable), .spread(599, "b"),  // to 600, the maximum
      .call(600, "a"), .record(600, .success), .states("ii"), .call(601, "a", except: "b"), .record(601, .unreachable),
      .spread(700, "b"), .states("oi"), .call(701, "a"), .states("pi"),
    ])
  }

  @Test("after an abandoned probe the next call is a probe")
  func abandoned() {
    play([
      .instances("ab"), .call(0, "a", except: "b"), .record(0, .unreachable), .call(100, "a"), .record(120, .abandoned),
      .states("oi"),
      .call(120, "a"), .states("pi"),
    ])
  }

  @Test("a failed call is retried at another included instance, if there is one")
  func elsewhere() {
    play([
      .instances("ab"), .call(0, "b", except: "a"), .call(0, nil, except: "ab"), .call(0, "a", except: "b"),
      .record(0, .unreachable),
      .call(1, nil, except: "b"),
    ])
  }

  @Test("when all are ejected all are eligible, and the first success includes one again")
  func allOut() {
    play([
      .instances("ab"), .call(0, "a", except: "b"), .record(0, .unreachable), .call(0, "b", except: "a"),
      .record(0, .unreachable),
      .states("oo"), .call(1, "a", except: "b"), .record(2, .failure), .states("oo"), .call(3, "b", except: "a"),
      .record(4, .success),
      .states("oi"),
    ])
    play([.instances("a"), .call(0, "a"), .record(0, .unreachable), .states("o"), .call(1, "a"), .call(2, "a")])
  }

  @Test("the late outcome of a call from before the ejection is ignored")
  func late() {
    play([
      .instances("ab"), .call(0, "a", except: "b", as: "old"), .call(0, "a", except: "b", as: "bad"),
      .record(1, .unreachable, "bad"),
      .record(2, .success, "old"), .states("oi"), .call(101, "a", as: "probe"), .record(102, .failure, "old"), .states("pi"),
    ])
  }

  @Test("the state of an instance is kept when the others change")
  func updates() {
    play([
      .instances("ab"), .call(0, "a", except: "b"), .record(0, .unreachable), .instances("cab"), .states("ioi"), .instances("cb"),
      .instances("abc"), .states("iii"),
    ])
  }

  @Test("a failure is the service's when no other instance is healthy")
  func whose() throws {
    var balancer = InstanceBalancer(Self.configuration, seed: 1)
    balancer.update("ab".map(Self.address))
    let chosen = balancer.choose(at: .now, except: [Self.address("b")])
    let first = try #require(chosen)
    balancer.record(.failure, for: first, at: .now)
    #expect(balancer.hasHealthyInstance(besides: first))
    let other = balancer.choose(at: .now, except: [Self.address("a")])
    let second = try #require(other)
    balancer.record(.failure, for: second, at: .now)
    #expect(!balancer.hasHealthyInstance(besides: second))
  }
}
