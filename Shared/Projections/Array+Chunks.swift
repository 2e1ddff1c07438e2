extension Array {
  /// The elements in their order, cut into arrays of at most `count`.
  public func chunks(of count: Int) -> [[Element]] {
    stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
  }
}
