using Refit;

namespace Rollcall.Discovery.Tests.Http;

/// <summary>A web API as users of Refit write it.</summary>
public interface IOrdersApi
{
    [Get("/orders/{id}")]
    Task<string> GetAsync(int id);

    [Post("/orders")]
    Task<string> AddAsync([Body] string order);
}
