import Contracts
import LoadClient

extension LoadReport {
  /// The machine-readable report; times in milliseconds.
  var json: String {
    let steps = steps.map {
      "\"\($0.step)\":{\($0.delays.members),\"errors\":\(Self.object($0.errors))}"
    }
    let runs = Scenario.allCases.compactMap { scenario in values.runs[scenario].map { "\"\(scenario)\":\(Self.object($0))" } }
    let ends = Scenario.allCases.map { scenario in
      "\"\(scenario)\":\(Self.array(profile.ends(of: scenario).map(\.rawValue).sorted()))"
    }
    return """
      {\(header.members),
      "units":{"duration":"s","seconds":"s","rate":"order runs/s","goodput":"order runs/s","latencies":"ms"},
      "ok":\(faults.isEmpty),"faults":\(Self.array(faults)),"injected":\(Self.array(injected.map(\.command))),
      "rate":\(profile.rate),"duration":\(profile.duration),"seed":\(profile.seed),"unhappy":\(profile.unhappy),\
      "ways":\(Self.array(profile.scenarios.map(\.rawValue))),\
      "tolerateOutages":\(profile.toleratesOutages),"riders":\(profile.riderCount),
      "seconds":\(seconds),"processors":\(processors),"goodput":\(goodput),
      "started":\(values.started),"asExpected":\(values.asExpected),"resumedStreams":\(values.resumed),
      "steps":{\(steps.joined(separator: ",\n"))},
      "lives":{\(runs.joined(separator: ",\n"))},
      "ends":{\(ends.joined(separator: ",\n"))},
      "pushFreshness":{\(push.members)},
      "ratingFreshness":{\(rating.members)},
      "unexpected":\(values.unexpected.json),
      "failures":\(values.failures.json),
      "violations":\(values.violations.json),
      "series":[\(values.series.points.map(\.json).joined(separator: ",\n"))]}

      """
  }

  private static func object(_ counts: [String: Int]) -> String {
    "{" + counts.sorted { $0.key < $1.key }.map { "\($0.key.quoted):\($0.value)" }.joined(separator: ",") + "}"
  }

  fileprivate static func array(_ texts: [String]) -> String {
    "[" + texts.map(\.quoted).joined(separator: ",\n") + "]"
  }
}

extension ReportHeader {
  fileprivate var members: String {
    """
    "schema":{"name":"\(schema.name)","version":\(schema.version)},"startedAt":"\(startedAt.rfc3339)","commit":\(commit.quoted)
    """
  }
}

extension LoadSeries.Point {
  fileprivate var json: String {
    """
    {"second":\(second),"placed":\(placed),"finished":\(finished),"failed":\(failed),\
    "placeP50":\(placeP50.json),"placeP99":\(placeP99.json),"pushP99":\(pushP99.json)}
    """
  }
}

extension IssueList {
  fileprivate var json: String {
    "{\"count\":\(count),\"first\":\(LoadReport.array(first))}"
  }
}

extension LatencyQuantiles {
  fileprivate var members: String {
    "\"count\":\(count),\"p50\":\(p50),\"p90\":\(p90),\"p99\":\(p99),\"max\":\(max)"
  }
}
