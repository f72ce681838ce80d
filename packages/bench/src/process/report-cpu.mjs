/** Loaded before a server with --import, so that the bench can ask what it has taken, and leaves none behind. */
process.on('message', (question) => {
  const { user, system } = process.cpuUsage();
  if (question === 'cpu') process.send(user + system);
  if (question === 'usage')
    process.send({ cpu: (user + system) / 1000, memory: process.memoryUsage.rss() / 1024 ** 2 });
  if (question === 'exit') process.exit(0);
});
process.on('disconnect', () => process.exit());
// Else nothing but this would keep the process alive.
process.channel.unref();
