public import NIOCore

/// Runs tasks on an event loop's own thread, beside the sockets that they wait for: a task that only waits for other sockets of the loop
/// never changes threads, and nobody has to be woken for it.
///
/// Tasks that prefer it must not block, and a long computation in one holds up everything else of the loop.
public final class EventLoopExecutor: TaskExecutor {
  private let eventLoop: any EventLoop

  public init(_ eventLoop: any EventLoop) {
    self.eventLoop = eventLoop
  }

  public func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    eventLoop.execute {
      job.runSynchronously(on: self.asUnownedTaskExecutor())
    }
  }
}
