namespace Rollcall.Discovery.Sequences;

/// <summary>Numbers of a sequence that one caller was given.</summary>
/// <param name="First">The first of them.</param>
/// <param name="Count">How many follow each other.</param>
/// <param name="Ordinal">How many blocks of the sequence were given before.</param>
public readonly record struct SequenceBlock(long First, int Count, long Ordinal);
