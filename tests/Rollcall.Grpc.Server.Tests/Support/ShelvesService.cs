using Grpc.Core;
using Rollcall.Grpc.Server.Tests.Bookshop;

namespace Rollcall.Grpc.Server.Tests;

/// <summary>The service of the examples in docs/grpc-json.md.</summary>
internal sealed class ShelvesService : Shelves.ShelvesBase
{
    private static readonly string[] s_titles = ["Momo", "Krabat"];

    public override Task<Book> GetBook(GetBookRequest request, ServerCallContext context) => request.Name.EndsWith("/1", StringComparison.Ordinal)
        ? Task.FromResult(new Book { Name = request.Name, Title = s_titles[0] })
        : throw new RpcException(new Status(StatusCode.NotFound, $"There is no {request.Name}."));

    public override Task<Book> CreateBook(CreateBookRequest request, ServerCallContext context) =>
        Task.FromResult(new Book { Name = $"{request.Parent}/books/3", Title = request.Book.Title });

    public override async Task ListBooks(ListBooksRequest request, IServerStreamWriter<Book> responseStream, ServerCallContext context)
    {
        for (var i = 0; i < Math.Min(request.PageSize, s_titles.Length); i++)
        {
            await responseStream.WriteAsync(new Book { Name = $"{request.Parent}/books/{i + 1}", Title = s_titles[i] });
        }
    }
}
