/// Why a command was refused.
enum __Aggregate__Error: Error, Hashable {
  case unknown
  case versionMismatch(current: Int64)
}
