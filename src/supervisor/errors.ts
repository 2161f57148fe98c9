/** What can go wrong with ownership and checkpoints: one class per cause. */

/** Another node owns the partition now. This life acts no more; the node follows again. */
export class PartitionLost extends Error {
  readonly code = 'partition_lost';
  constructor(partition: number, why: string) {
    super(`partition ${partition} is no longer ours: ${why}; its new owner goes on`);
    this.name = 'PartitionLost';
  }
}

/** The log lost what this life had read (log rule 30): the partition is recovered from what is left. */
export class LogRewound extends PartitionLost {
  /** Timestamp of a message that is gone. */
  readonly lostAt: number;
  constructor(partition: number, lostAt: number) {
    super(partition, 'the log was rewound');
    this.name = 'LogRewound';
    this.lostAt = lostAt;
  }
}

/** The manifest was written by a build whose states this build cannot read (log rule 12). */
export class UnreadableManifest extends Error {
  readonly code = 'unreadable_manifest';
  constructor(partition: number, version: unknown) {
    super(
      `the checkpoint of partition ${partition} has version ${String(version)}; run the build that wrote it, or a newer one`,
    );
    this.name = 'UnreadableManifest';
  }
}

/** The manifest names a chunk that is not there, or whose text is cut. */
export class BrokenCheckpoint extends Error {
  readonly code = 'broken_checkpoint';
  constructor(key: string, why: string) {
    super(`checkpoint chunk ${key} ${why}; restore the bucket onhook-checkpoints from a backup`);
    this.name = 'BrokenCheckpoint';
  }
}
