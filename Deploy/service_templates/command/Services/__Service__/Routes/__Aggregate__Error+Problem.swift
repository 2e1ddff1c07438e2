import Web

extension __Aggregate__Error: ProblemConvertible {
  var problem: Problem {
    switch self {
    case .unknown: .notFound("__code___not_found", "there is no such __words__")
    case .versionMismatch(let current): .versionMismatch(current: current)
    }
  }
}
