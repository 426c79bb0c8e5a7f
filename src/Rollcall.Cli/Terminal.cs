using System.Text;
using Rollcall.Cli.Output;

namespace Rollcall.Cli;

/// <summary>What a command knows of its surroundings; tests bring their own.</summary>
internal sealed class Terminal
{
    /// <summary>Standard output for text.</summary>
    public required TextWriter Output { get; init; }

    /// <summary>Standard error.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Opens standard input, for bytes.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Opens standard output, for bytes as they are.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> ReadVariable { get; init; }

    /// <summary>Whether a person looks at standard output, so that it may be redrawn.</summary>
    public required bool IsInteractive { get; init; }

    /// <summary>Whether standard output is a terminal, wherever standard error goes: what is written as bytes would steer it.</summary>
    public bool IsOutputTerminal { get; init; }

    /// <summary>Whether the process does nothing but this command.</summary>
    public bool OwnsProcess { get; init; }

    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>The terminal or pipes that the process was started with.</summary>
    public static Terminal OfProcess() => new()
    {
        Output = Writer(StandardOutput.Open()),
        Error = Writer(new StandardError(Console.OpenStandardError())),
        OpenInput = Console.OpenStandardInput,
        OpenOutput = StandardOutput.Open,
        ReadVariable = Environment.GetEnvironmentVariable,
        IsInteractive = !Console.IsOutputRedirected && !Console.IsErrorRedirected,
        IsOutputTerminal = !Console.IsOutputRedirected,
        OwnsProcess = true,
    };

    // Synchronized, because log lines and events come from many threads.
    private static TextWriter Writer(Stream stream) => TextWriter.Synchronized(new StreamWriter(stream, new UTF8Encoding(false)) { AutoFlush = true });
}
