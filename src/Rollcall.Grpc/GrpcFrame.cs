using System.Buffers;

namespace Rollcall.Grpc;

/// <summary>One length-prefixed message, still in the transport's buffer.</summary>
/// <param name="Compressed">The compressed flag.</param>
/// <param name="Length">The announced length in bytes; set for every result except <see cref="GrpcFrameResult.Incomplete"/> without a prefix.</param>
/// <param name="Payload">The bytes after the prefix; empty unless the frame is whole.</param>
public readonly record struct GrpcFrame(bool Compressed, long Length, ReadOnlySequence<byte> Payload);
