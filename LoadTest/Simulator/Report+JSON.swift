import Contracts

extension Report {
  /// For programs; times in milliseconds.
  var json: String {
    let steps = steps.map {
      "\"\($0.step)\":{\($0.delays.members),\"errors\":\(Self.object($0.errors))}"
    }
    let lives = Way.allCases.compactMap { way in values.lives[way].map { "\"\(way)\":\(Self.object($0))" } }
    let ends = Way.allCases.map { way in
      "\"\(way)\":\(Self.array(scenario.ends(of: way).map(\.rawValue).sorted()))"
    }
    return """
      {"ok":\(faults.isEmpty),"faults":\(Self.array(faults)),
      "rate":\(scenario.rate),"duration":\(scenario.duration),"seed":\(scenario.seed),"unhappy":\(scenario.unhappy),\
      "ways":\(Self.array(scenario.ways.map(\.rawValue))),\
      "tolerateOutages":\(scenario.toleratesOutages),"riders":\(scenario.riderCount),
      "seconds":\(seconds),"processors":\(processors),"goodput":\(goodput),
      "started":\(values.started),"asExpected":\(values.asExpected),"resumedStreams":\(values.resumed),
      "steps":{\(steps.joined(separator: ",\n"))},
      "lives":{\(lives.joined(separator: ",\n"))},
      "ends":{\(ends.joined(separator: ",\n"))},
      "pushFreshness":{\(push.members)},
      "ratingFreshness":{\(rating.members)},
      "unexpected":\(values.unexpected.json),
      "failures":\(values.failures.json),
      "violations":\(values.violations.json)}

      """
  }

  private static func object(_ counts: [String: Int]) -> String {
    "{" + counts.sorted { $0.key < $1.key }.map { "\($0.key.quoted):\($0.value)" }.joined(separator: ",") + "}"
  }

  fileprivate static func array(_ texts: [String]) -> String {
    "[" + texts.map(\.quoted).joined(separator: ",\n") + "]"
  }
}

extension Notes {
  fileprivate var json: String {
    "{\"count\":\(count),\"first\":\(Report.array(first))}"
  }
}

extension Delays {
  fileprivate var members: String {
    "\"count\":\(count),\"p50\":\(p50),\"p90\":\(p90),\"p99\":\(p99),\"max\":\(max)"
  }
}
