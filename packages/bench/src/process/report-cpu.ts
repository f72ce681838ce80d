/** Loaded before a server with --import, so that the bench can ask what it has taken, and leaves none behind. */
process.on('message', (question) => {
  if (question !== 'cpu') return;
  const { user, system } = process.cpuUsage();
  process.send?.(user + system);
});
process.on('disconnect', () => process.exit());
// Else nothing but this would keep the process alive.
process.channel?.unref();
