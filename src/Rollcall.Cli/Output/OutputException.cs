namespace Rollcall.Cli.Output;

/// <summary>Standard output takes nothing more, for another reason than that nobody reads it: its disk is full, for example.</summary>
internal sealed class OutputException(Exception inner) : IOException($"Standard output can't be written: {inner.Message}", inner);
