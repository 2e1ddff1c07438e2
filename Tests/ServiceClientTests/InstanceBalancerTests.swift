import ServiceClient
import Testing

@Suite("Instance balancer")
struct InstanceBalancerTests {
  private enum Step {
    /// Which instances there are, by letter.
    case instances(String)
    /// Ask at a time in milliseconds, without those in `except`; the instance that must come, or none. The call is kept under
    /// `name`.
    case ask(Int, String?, except: String = "", as: String = "")
    /// Any number of calls that begin and end well; where they go, at least once each.
    case spread(Int, String)
    /// Tell the outcome of the call of that name.
    case tell(Int, InstanceBalancer.Outcome, String = "")
    /// The state of every instance: `i`ncluded, `p`robing, `o`ut.
    case states(String)
  }

  private static let configuration = InstanceBalancer.Configuration(
    failureThreshold: 2, ejection: .milliseconds(100), maximumEjection: .milliseconds(300))

  private static func address(_ letter: Character) -> ServiceAddress { ServiceAddress("http://\(letter)")! }

  private func play(_ steps: [Step], sourceLocation: SourceLocation = #_sourceLocation) {
    var balancer = InstanceBalancer(Self.configuration, seed: 7)
    var calls: [String: InstanceBalancer.Choice] = [:]
    let start = ContinuousClock.now
    for (index, step) in steps.enumerated() {
      switch step {
      case .instances(let letters): balancer.update(letters.map(Self.address))
      case .ask(let time, let expected, let except, let name):
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
      case .tell(let time, let outcome, let name):
        if let choice = calls[name] { balancer.record(outcome, for: choice, at: start + .milliseconds(time)) }
      case .states(let letters):
        let states = balancer.states.map { ["i", "p", "o"][$0.state.rawValue] }.joined()
        #expect(states == letters, "step \(index)", sourceLocation: sourceLocation)
      }
    }
  }

  @Test("calls go to every instance, and none to one that is gone")
  func spreads() {
    play([
      .ask(0, nil), .instances("abc"), .spread(0, "abc"), .instances("ac"), .spread(0, "ac"), .instances("c"), .spread(0, "c"),
    ])
  }

  @Test("of two the one with less to do is chosen")
  func leastOutstanding() {
    var balancer = InstanceBalancer(Self.configuration, seed: 1)
    balancer.update("ab".map(Self.address))
    for _ in 0..<100 { _ = balancer.choose(at: .now) }
    #expect(balancer.states.map(\.outstanding) == [50, 50])
  }

  @Test("one that can't be reached is out at once, and a probe brings it back")
  func unreachable() {
    play([
      .instances("ab"), .ask(0, "a", except: "b"), .tell(0, .unreachable), .states("oi"), .spread(99, "b"),
      // The next call is the probe; while it is under way the others go elsewhere.
      .ask(100, "a", as: "probe"), .states("pi"), .spread(101, "b"), .tell(110, .success, "probe"), .states("ii"),
      .spread(111, "ab"),
    ])
  }

  @Test("failures in a row put one out, a success between them starts the count again")
  func failures() {
    play([
      .instances("ab"), .ask(0, "a", except: "b"), .tell(0, .failure), .ask(0, "a", except: "b"), .tell(0, .success),
      .ask(0, "a", except: "b"), .tell(0, .failure), .states("ii"), .ask(0, "a", except: "b"), .tell(0, .failure), .states("oi"),
    ])
  }

  @Test("a failed probe keeps it out for twice as long, up to the maximum, and a success resets that")
  func backoff() {
    play([
      .instances("ab"), .ask(0, "a", except: "b"), .tell(0, .unreachable),
      .ask(100, "a"), .tell(100, .failure), .spread(299, "b"),  // to 300
      .ask(300, "a"), .tell(300, .unreachable), .spread(599, "b"),  // to 600, the maximum
      .ask(600, "a"), .tell(600, .success), .states("ii"), .ask(601, "a", except: "b"), .tell(601, .unreachable),
      .spread(700, "b"), .states("oi"), .ask(701, "a"), .states("pi"),
    ])
  }

  @Test("a probe that is given up leaves its place to the next")
  func abandoned() {
    play([
      .instances("ab"), .ask(0, "a", except: "b"), .tell(0, .unreachable), .ask(100, "a"), .tell(120, .abandoned), .states("oi"),
      .ask(120, "a"), .states("pi"),
    ])
  }

  @Test("a call that failed is tried elsewhere, and nowhere when there is no other that is well")
  func elsewhere() {
    play([
      .instances("ab"), .ask(0, "b", except: "a"), .ask(0, nil, except: "ab"), .ask(0, "a", except: "b"), .tell(0, .unreachable),
      .ask(1, nil, except: "b"),
    ])
  }

  @Test("when all are out none is, and the first success brings one back")
  func allOut() {
    play([
      .instances("ab"), .ask(0, "a", except: "b"), .tell(0, .unreachable), .ask(0, "b", except: "a"), .tell(0, .unreachable),
      .states("oo"), .ask(1, "a", except: "b"), .tell(2, .failure), .states("oo"), .ask(3, "b", except: "a"), .tell(4, .success),
      .states("oi"),
    ])
    play([.instances("a"), .ask(0, "a"), .tell(0, .unreachable), .states("o"), .ask(1, "a"), .ask(2, "a")])
  }

  @Test("the outcome of a call from before it went out doesn't judge it now")
  func late() {
    play([
      .instances("ab"), .ask(0, "a", except: "b", as: "old"), .ask(0, "a", except: "b", as: "bad"), .tell(1, .unreachable, "bad"),
      .tell(2, .success, "old"), .states("oi"), .ask(101, "a", as: "probe"), .tell(102, .failure, "old"), .states("pi"),
    ])
  }

  @Test("what is known of an instance outlives a change of the others")
  func updates() {
    play([
      .instances("ab"), .ask(0, "a", except: "b"), .tell(0, .unreachable), .instances("cab"), .states("ioi"), .instances("cb"),
      .instances("abc"), .states("iii"),
    ])
  }

  @Test("a failure is the service's own when no other instance is well")
  func whose() throws {
    var balancer = InstanceBalancer(Self.configuration, seed: 1)
    balancer.update("ab".map(Self.address))
    let chosen = balancer.choose(at: .now, except: [Self.address("b")])
    let first = try #require(chosen)
    balancer.record(.failure, for: first, at: .now)
    #expect(balancer.hasSoundInstance(besides: first))
    let other = balancer.choose(at: .now, except: [Self.address("a")])
    let second = try #require(other)
    balancer.record(.failure, for: second, at: .now)
    #expect(!balancer.hasSoundInstance(besides: second))
  }
}
